#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/channel_book.h"
#include "redis/client.h"

namespace admin {

/// A channel as its hash in Redis tells of it; nothing where that is no channel's, or damaged.
std::optional<ChannelFacts> read_channel(std::string_view key, const redis::Reply& hash);

/// Goes once through all channels that Redis holds, a few hundred at a time: those that were opened
/// before the log begins are nowhere else. While Redis is away it waits and goes through them
/// again. Lives on one loop.
class ChannelScan {
  public:
    using OnChannel = std::function<void(ChannelFacts)>;

    /// `retry` is called instead of `done` when Redis went away: start again in a while.
    ChannelScan(redis::Client& client, OnChannel on_channel, std::function<void()> done,
                std::function<void()> retry);
    ChannelScan(const ChannelScan&) = delete;
    ChannelScan& operator=(const ChannelScan&) = delete;

    void start();

  private:
    void scan(const std::string& cursor);
    void read(const std::vector<std::string>& keys, const std::string& cursor);
    void on_hash(const std::string& key, const base::Result<redis::Reply, redis::Error>& hash);
    void on_all_read();

    redis::Client& client_;
    OnChannel on_channel_;
    std::function<void()> done_;
    std::function<void()> retry_;
    std::size_t pending_ = 0;
    bool has_failed_ = false;
    std::string next_cursor_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace admin
