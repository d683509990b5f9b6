#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/strong_id.h"

namespace translator {

class MinerChannel;

/// What `mining.subscribe` names a session by: chosen by chance, so that nobody guesses another's.
using SessionId = base::StrongId<struct SessionIdTag, std::uint64_t>;
/// 16 lower-case hexadecimal digits; nothing for any other text.
std::string to_text(SessionId id);
std::optional<SessionId> parse_session_id(std::string_view text);

/// The channels of miners whose connection has ended, kept open for a while in case they come back.
/// Owned by the MinerContext.
class SessionBook {
  public:
    /// Each is a channel at the pool. When there are more, the one that has waited longest goes.
    static constexpr std::size_t kept_max = 10'000;

    explicit SessionBook(std::chrono::milliseconds resume_within);
    ~SessionBook();
    SessionBook(const SessionBook&) = delete;
    SessionBook& operator=(const SessionBook&) = delete;

    /// Takes the channel, and closes it when nobody has come for it in time.
    void park(SessionId id, std::unique_ptr<MinerChannel> channel, base::SteadyTime now);
    /// Nothing when it is not here, or no longer.
    std::unique_ptr<MinerChannel> take(SessionId id);
    void on_time(base::SteadyTime now);
    /// Closes them all.
    void clear();
    std::size_t size() const { return channels_.size(); }

  private:
    struct Turn {
        base::SteadyTime at{};
        SessionId id{};
        std::uint64_t parking{};
    };
    struct Parked {
        std::unique_ptr<MinerChannel> channel{};
        std::uint64_t parking{};  // which time it is: a session may come and go
    };
    void drop_first();

    std::chrono::milliseconds resume_within_;
    boost::unordered_flat_map<std::uint64_t, Parked> channels_{};
    std::deque<Turn> turns_{};
    std::uint64_t parkings_{};
};

}  // namespace translator
