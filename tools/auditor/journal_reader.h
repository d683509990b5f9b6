#pragma once

#include <istream>
#include <string>
#include <vector>

#include "auditor/audit.h"

namespace auditor {

/// What miners of both protocols wrote down.
struct Journal {
    std::vector<JournalChannel> channels{};
    std::vector<Sv1Connection> sv1{};
};

/// Reads a miner's journal (JSON Lines, tools/miner/journal.h and tools/loadgen/journal.h), which
/// may hold several runs of the miner, and many connections at once. `name`
/// stands for it in violations. A last line that is cut short is what a killed miner leaves and is
/// ignored. Throws std::runtime_error for anything else that is no journal.
Journal read_journal(std::istream& lines, const std::string& name);

}  // namespace auditor
