#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "template/background.h"
#include "template/block_state.h"
#include "template/spool_file.h"
#include "template/spool_record.h"

namespace templates {

/// Writes the spool's files in the background, in the order in which it is told to. Owned and
/// called by the loop; what it is given outlives it.
class SpoolDisk {
  public:
    using OnStored = std::function<void(const std::optional<std::string>& failure)>;

    SpoolDisk(boost::asio::io_context& loop, SpoolFiles& files, Background& background)
        : loop_(loop), files_(files), background_(background) {}
    /// Waits for what is being written.
    ~SpoolDisk();
    SpoolDisk(const SpoolDisk&) = delete;
    SpoolDisk& operator=(const SpoolDisk&) = delete;

    void store(SpooledBlock block, OnStored on_stored);
    /// States that follow each other while one is being written are written once.
    void store_state(const bitcoin::BlockHash& hash, BlockState state);
    void forget(const bitcoin::BlockHash& hash);
    /// The block as it was stored; nothing where its file is gone or damaged.
    using OnLoaded = std::function<void(std::optional<SpooledBlock>)>;
    void load(const bitcoin::BlockHash& hash, OnLoaded on_loaded);

    /// Blocks on their way to the disk.
    std::size_t storing() const { return storing_; }

  private:
    void write_state(const bitcoin::BlockHash& hash, BlockState state);
    void on_state_written(const bitcoin::BlockHash& hash);

    boost::asio::io_context& loop_;
    SpoolFiles& files_;
    Background& background_;
    std::size_t storing_ = 0;
    /// Those that are being written, and what follows.
    std::unordered_map<bitcoin::BlockHash, std::optional<BlockState>> states_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
