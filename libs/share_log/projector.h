#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "redis/client.h"
#include "redis/script.h"
#include "share_log/follower.h"
#include "share_log/sums.h"

namespace share_log {

/// Keeps the sums of one partition (`{pN}:sums`) up with its log. The sums and the place up to
/// which they stand are written together, and only if nobody has moved that place: killed at any
/// moment, or run twice, it neither loses a share nor counts one twice. Lives on one loop.
class Projector {
  public:
    struct Settings {
        std::uint32_t partition = 0;
        /// A record of 256 shares has some 75 KB: larger pages of sixteen partitions at once would
        /// take a busy Redis longer to send than a command may take.
        std::uint32_t page_size = 8;
        std::chrono::milliseconds poll_interval{500};
        /// Names with sums of their own; later ones are counted together as others. Each takes
        /// some 150 bytes of Redis.
        std::uint64_t names_max = 100'000;
    };
    struct Counters {
        std::uint64_t records = 0;
        /// Bytes of records that were trimmed before they were counted.
        std::uint64_t bytes_missed = 0;
        /// Times that somebody else had moved the place.
        std::uint64_t moved = 0;
        /// It stands before a record that it cannot read.
        bool is_stuck = false;
    };

    Projector(boost::asio::io_context& loop, redis::Client& client, Settings settings);

    void start();
    void stop() { follower_.stop(); }

    const Counters& counters() const { return counters_; }
    /// The last place that it wrote or found.
    const Position& position() const { return follower_.position(); }

  private:
    void find_place();
    void take(const Page& page);
    void advance(const Page& page, const Additions& additions, const redis::Reply& stored);
    void stand_still(const std::string& what);
    void say_missed(const Gap& gap);
    void move_to(std::string_view place);

    redis::Client& client_;
    Settings settings_;
    redis::Script script_;
    Follower follower_;
    boost::asio::steady_timer timer_;
    Counters counters_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

/// "ID BYTES", as the sums keep their place.
std::string to_text(const Position& position);
/// The beginning for the empty text; nothing for what is no place.
std::optional<Position> position_from(std::string_view text);

}  // namespace share_log
