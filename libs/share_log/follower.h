#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

namespace share_log {

/// A place in a partition's log: behind this entry. A reader keeps it with what it has made of the
/// records before it, and goes on there after a restart.
struct Position {
    /// Redis' id of the entry; "0-0" is the beginning.
    std::string id{"0-0"};
    /// The entry's field `b`: the bytes of all records up to and with it.
    std::uint64_t bytes = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

/// One entry as it lies in Redis; decode_record() reads `record` and `duplicates`.
struct Entry {
    std::string record{};
    std::string duplicates{};
    /// Behind this entry.
    Position position{};
};

/// Entries are missing before the first one of a page.
struct Gap {
    /// Their bytes; 0 when Redis went back to an older state, so that nobody can say.
    std::uint64_t bytes_missing = 0;
    bool is_rollback = false;
    friend bool operator==(const Gap&, const Gap&) = default;
};

struct Page {
    std::vector<Entry> entries{};
    /// Before the first entry: the log was trimmed, or Redis rolled back, behind our back.
    std::optional<Gap> gap{};
    /// There may be more at once.
    bool is_full = false;
    /// An entry that is no entry of a share log; the page ends before it.
    std::optional<std::string> unreadable_id{};
};

/// The entries after a position, at most `count`. Errors: in words for the log, when Redis is away.
void read_page(redis::Client& client, std::uint32_t partition, const Position& after,
               std::uint32_t count, std::function<void(base::Result<Page, std::string>)> done);

/// What follows `after` in XRANGE's answer; pure.
base::Result<Page, std::string> to_page(const redis::Reply& reply, const Position& after,
                                        std::uint32_t count);

/// Follows one partition's log: gives page after page, in order, each once. Lives on one loop.
///
/// The handler of a page decides when it is dealt with: until it calls go_on() nothing is read, so
/// a reader that is slow costs nobody any memory. It may call it at once.
class Follower {
  public:
    struct Settings {
        std::uint32_t partition = 0;
        std::uint32_t page_size = 256;
        /// How late an entry may be seen.
        std::chrono::milliseconds poll_interval{200};
    };
    using OnPage = std::function<void(const Page&)>;

    Follower(boost::asio::io_context& loop, redis::Client& client, Settings settings,
             OnPage on_page);
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// From this position on; also in the midst of it, when somebody else has moved the checkpoint.
    void start(const Position& after);
    /// The last page is dealt with.
    void go_on();
    /// The last page is to be given again, after a while: what it was for is away.
    void again();
    void stop();

    /// Behind the last page that was dealt with.
    const Position& position() const { return position_; }

  private:
    void read();
    void read_after(std::chrono::milliseconds wait);

    redis::Client& client_;
    Settings settings_;
    OnPage on_page_;
    boost::asio::steady_timer timer_;
    Position position_{};
    /// Behind the page that is being dealt with.
    Position next_{};
    bool page_is_full_ = false;
    /// Tells answers to the present start() from those to one before it; gone when we are.
    std::shared_ptr<std::uint64_t> run_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace share_log
