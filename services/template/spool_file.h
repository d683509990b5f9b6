#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "template/block_state.h"
#include "template/spool_record.h"

namespace templates {

/// The spool's files. Every call blocks: they run on the spool's thread, or before the loop turns.
/// Files appear whole or not at all: written beside, synced, renamed, and the folder synced.

/// Makes the folder if need be. Errors: throws when it cannot be made or written to.
void prepare_spool(const std::filesystem::path& folder);

/// What lies in the spool, oldest first, with the state of each. Files that cannot be read are
/// named in the log and left where they are: a block of a newer format is taken out of its file all
/// the same, and a state that is not understood is put aside and counts as not known.
struct SpoolEntry {
    SpooledBlock block{};
    BlockState state{};
};
struct SpoolContents {
    std::vector<SpoolEntry> entries{};
    std::size_t unreadable{};  ///< files with a block that nobody can get out of them
};
SpoolContents read_spool(const std::filesystem::path& folder);

/// The name of this spool, hence of this replica: 16 hexadecimal digits, made by chance the first
/// time. Errors: throws when it cannot be kept.
std::string name_spool(const std::filesystem::path& folder, base::Random& random);

/// One block; nothing where its file is not there or nobody can get the block out of it.
std::optional<SpooledBlock> read_block_file(const std::filesystem::path& folder,
                                            const bitcoin::BlockHash& hash);

/// Errors: why it is not on disk.
std::optional<std::string> write_block_file(const std::filesystem::path& folder,
                                            const SpooledBlock& block);
std::optional<std::string> write_state_file(const std::filesystem::path& folder,
                                            const bitcoin::BlockHash& hash,
                                            const BlockState& state);
/// The block and its state are forgotten.
void remove_files(const std::filesystem::path& folder, const bitcoin::BlockHash& hash);

}  // namespace templates
