#pragma once

#include <istream>
#include <string>
#include <vector>

#include "auditor/audit.h"

namespace auditor {

/// Reads a miner's journal (JSON Lines, tools/miner/journal.h), which may hold several runs of
/// the miner. `name` stands for it in violations. A last line that is cut short is what a killed
/// miner leaves and is ignored. Throws std::runtime_error for anything else that is no journal.
std::vector<JournalChannel> read_journal(std::istream& lines, const std::string& name);

}  // namespace auditor
