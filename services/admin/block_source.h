#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "admin/view.h"
#include "ledger/block_log.h"
#include "redis/client.h"

namespace admin {

/// Follows `{pool}:blocks` from its beginning and fills View::blocks. Owned by Admin, one loop.
class BlockSource {
  public:
    static constexpr std::chrono::milliseconds interval{1'000};
    /// The newest blocks that are shown; a pool of some size finds a few a day.
    static constexpr std::size_t blocks_max = 20'000;

    /// `place`: of the entry in the stream, Redis' id. Replays are left out.
    using OnEntry = std::function<void(const std::string& place, const ledger::BlockEntry& entry)>;

    /// `client` outlives this.
    BlockSource(boost::asio::io_context& loop, redis::Client& client, View& view)
        : client_(client), view_(view), timer_(loop) {}

    /// Before start(): told of every entry, oldest first, when the view has what it changed.
    void on_entry(OnEntry listener) { on_entry_ = std::move(listener); }
    void start() { read_on(); }
    void stop() { timer_.cancel(); }

  private:
    struct Known {
        std::vector<ledger::BlockEntry> entries{};
        std::set<std::string> names{};
    };

    void read_on();
    void take(const redis::Reply& page);
    void forget_oldest();

    redis::Client& client_;
    View& view_;
    boost::asio::steady_timer timer_;
    OnEntry on_entry_ = [](const auto&, const auto&) {};
    std::string place_{};  // of the last entry that was read
    std::map<bitcoin::BlockHash, Known> blocks_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// The row of a block, of all its entries.
proto::Block block_row(const std::vector<ledger::BlockEntry>& entries);

}  // namespace admin
