#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "ledger/block_log.h"
#include "rpc/backoff.h"
#include "template/metrics.h"

namespace templates {

/// Writes what happens to blocks into Redis' stream, one entry after the other, for as long as it
/// takes: Redis away delays entries and nothing else. What waits is also in the spool's files, so a
/// restart goes on. Owned and called by the loop.
class BlockStream {
  public:
    struct Settings {
        /// About so many entries are kept: years of a pool's.
        std::size_t length_max = 100'000;
        ledger::Durability durability{};
        rpc::Backoff::Limits retry{.first = std::chrono::milliseconds{100},
                                   .last = std::chrono::seconds{5}};
    };
    using OnWritten = std::function<void(const ledger::BlockEntry&)>;

    BlockStream(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
                Metrics& metrics, Settings settings);

    /// Called for each entry that Redis has.
    void on_written(OnWritten heard) { on_written_ = std::move(heard); }
    void append(ledger::BlockEntry entry);

  private:
    void write_next();
    void on_answer(const std::optional<std::string>& failure);

    redis::Client& redis_;
    Metrics& metrics_;
    Settings settings_;
    rpc::Backoff backoff_;
    boost::asio::steady_timer retry_;
    std::deque<ledger::BlockEntry> waiting_{};  // the first is on its way, or waits for a retry
    bool is_failing_ = false;
    OnWritten on_written_ = [](const auto&) {};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
