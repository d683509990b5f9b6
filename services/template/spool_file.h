#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "template/spool_record.h"

namespace templates {

/// The spool's files. Every call blocks: they run on the spool's thread, or before the loop turns.
/// Files appear whole or not at all: written beside, synced, renamed, and the folder synced.

/// Makes the folder if need be. Errors: throws when it cannot be made or written to.
void prepare_spool(const std::filesystem::path& folder);

/// What lies in the spool, oldest first, with the state of each. Files that are damaged are
/// logged and left where they are.
struct SpoolEntry {
    SpooledBlock block{};
    BlockState state{};
};
std::vector<SpoolEntry> read_spool(const std::filesystem::path& folder);

/// Errors: why it is not on disk.
std::optional<std::string> write_block_file(const std::filesystem::path& folder,
                                            const SpooledBlock& block);
std::optional<std::string> write_state_file(const std::filesystem::path& folder,
                                            const bitcoin::BlockHash& hash,
                                            const BlockState& state);
/// The block and its state are forgotten.
void remove_files(const std::filesystem::path& folder, const bitcoin::BlockHash& hash);

}  // namespace templates
