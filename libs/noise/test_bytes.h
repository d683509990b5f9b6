#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/hex.h"
#include "noise/ellswift.h"

namespace noise::test {

template <std::size_t Size>
std::array<std::byte, Size> bytes_of(std::string_view hex) {
    const auto bytes = base::from_hex(hex).value();
    if (bytes.size() != Size) throw std::invalid_argument{"a vector of the wrong size"};
    std::array<std::byte, Size> array{};
    std::ranges::copy(bytes, array.begin());
    return array;
}

inline SecretKey secret_of(std::string_view hex) {
    return SecretKey::from_bytes(bytes_of<32>(hex)).value();
}
/// The key whose 32 bytes are all the same.
inline SecretKey repeated(unsigned char byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte{byte});
    return SecretKey::from_bytes(bytes).value();
}

/// The rows of tests/vectors/NAME, without the line of the source and the names of the columns.
inline std::vector<std::vector<std::string>> vectors(const std::string& name) {
    std::ifstream file{"tests/vectors/" + name};
    std::vector<std::vector<std::string>> rows;
    std::string line;
    std::getline(file, line);
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream cells{line + ","};
        auto& row = rows.emplace_back();
        for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    }
    if (rows.empty())
        throw std::runtime_error{"no vectors in tests/vectors/" + name +
                                 ": run the tests from the root of the project"};
    return rows;
}

}  // namespace noise::test
