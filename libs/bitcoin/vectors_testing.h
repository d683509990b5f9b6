#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bitcoin {

/// The lines of a file under tests/vectors/, each split at its spaces; comments left out.
inline std::vector<std::vector<std::string>> read_vectors(const std::string& name) {
    std::ifstream file{"tests/vectors/" + name};
    std::vector<std::vector<std::string>> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words{line};
        auto& split = lines.emplace_back();
        for (std::string word; words >> word;) split.push_back(word);
    }
    if (lines.empty())
        throw std::runtime_error{"no vectors in tests/vectors/" + name +
                                 ": run the tests from the root of the project"};
    return lines;
}

}  // namespace bitcoin
