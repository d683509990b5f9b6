#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "aditctl/global_options.h"

namespace aditctl {

struct Candidate {
    std::string word{};
    std::string about{};
};

/// Names of a kind ("GATEWAY", "WORKER", ...) that begin with, or contain, what is typed.
using FindNames = std::function<std::vector<Candidate>(
    const std::string& kind, const GlobalOptions& options, const std::string& typed)>;

/// What can stand in the place of the last of the words, by the tree of commands: verbs, options,
/// the values of an option, and names, whose kind is the type name that --help shows.
std::vector<Candidate> candidates_for(const CLI::App& app, const std::vector<std::string>& words,
                                      const FindNames& find_names);

/// Adds `completion`, whose scripts ask `aditctl __complete WORDS...`.
void add_completion_command(CLI::App& app);
/// Prints the candidates, a line each, the word and what it is with a tab between.
void print_candidates(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace aditctl
