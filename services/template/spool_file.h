#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "template/block_state.h"
#include "template/spool_record.h"

namespace templates {

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

/// The spool's files. Every call blocks: they run in the background, or before the loop turns.
/// Files appear whole or not at all.
class SpoolFiles {
  public:
    virtual ~SpoolFiles() = default;
    SpoolFiles(const SpoolFiles&) = delete;
    SpoolFiles& operator=(const SpoolFiles&) = delete;

    /// Where they are, for the log.
    virtual std::string place() const = 0;
    /// Before all else. Errors: throws when they cannot be kept there.
    virtual void prepare() = 0;
    virtual SpoolContents read() = 0;
    /// The name of this spool, hence of this replica: 16 hexadecimal digits, made by chance the
    /// first time. Errors: throws when it cannot be kept.
    virtual std::string replica_name(base::Random& random) = 0;
    /// One block; nothing where its file is not there or nobody can get the block out of it.
    virtual std::optional<SpooledBlock> read_block(const bitcoin::BlockHash& hash) = 0;
    /// Errors: why it is not on disk.
    virtual std::optional<std::string> write_block(const SpooledBlock& block) = 0;
    virtual std::optional<std::string> write_state(const bitcoin::BlockHash& hash,
                                                   const BlockState& state) = 0;
    /// The block and its state are forgotten.
    virtual void remove(const bitcoin::BlockHash& hash) = 0;

  protected:
    SpoolFiles() = default;
};

/// In a folder: each file is written beside, synced, renamed, and the folder synced.
class SpoolFolder final : public SpoolFiles {
  public:
    explicit SpoolFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::string place() const override { return folder_.string(); }
    /// Makes the folder if need be.
    void prepare() override;
    SpoolContents read() override;
    std::string replica_name(base::Random& random) override;
    std::optional<SpooledBlock> read_block(const bitcoin::BlockHash& hash) override;
    std::optional<std::string> write_block(const SpooledBlock& block) override;
    std::optional<std::string> write_state(const bitcoin::BlockHash& hash,
                                           const BlockState& state) override;
    void remove(const bitcoin::BlockHash& hash) override;

  private:
    std::filesystem::path folder_;
};

}  // namespace templates
