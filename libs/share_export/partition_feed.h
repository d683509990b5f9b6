#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "redis/client.h"
#include "share_export/sink.h"

namespace share_export {

/// Reads one partition's log for an export, in order, each entry once, with what is missing between
/// them. It reads ahead only while it is let. Lives on one loop.
class PartitionFeed {
  public:
    struct Settings {
        std::uint32_t partition = 0;
        /// See share_log::Projector::Settings::page_size.
        std::uint32_t page_size = 8;
        std::chrono::milliseconds poll_interval{500};
        /// How often a log that brings nothing is asked whether it is older than what was read.
        std::chrono::milliseconds look_back_every{2'000};
    };
    struct Read {
        std::vector<Piece> pieces{};
        std::optional<GapRecord> gap{};
        /// Behind all of it.
        share_log::Position place{};
        /// The first entry, and the bytes before it.
        share_log::Position first{};
    };
    using OnRead = std::function<void(Read)>;

    PartitionFeed(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
                  Settings settings, OnRead on_read);
    PartitionFeed(const PartitionFeed&) = delete;
    PartitionFeed& operator=(const PartitionFeed&) = delete;

    void start(const share_log::Position& after);
    void stop();
    /// What was given may be followed by more: without this nothing is read.
    void go_on();

    /// Everything that was in the log at this moment has been given; nothing before the log has
    /// answered for the first time since start().
    std::optional<base::UnixMicros> read_to() const {
        return has_read_ ? std::optional{read_to_} : std::nullopt;
    }
    /// An entry before which it stands, since it cannot be read; empty for none.
    const std::string& stuck_at() const { return stuck_at_; }

  private:
    void read();
    void take(const share_log::Page& page, base::UnixMicros asked_at, bool was_connected);
    void give(const share_log::Page& page);
    void look_back();
    void stand_still(const std::string& id);
    void read_after(std::chrono::milliseconds wait);

    redis::Client& client_;
    const base::Clock& clock_;
    Settings settings_;
    OnRead on_read_;
    boost::asio::steady_timer timer_;
    share_log::Position place_{};
    bool has_more_ = false;
    bool has_read_ = false;
    base::UnixMicros read_to_{};
    base::UnixMicros look_back_at_{};
    std::string stuck_at_{};
    /// Tells answers to the present start() from those to one before it; gone when we are.
    std::shared_ptr<std::uint64_t> run_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace share_export
