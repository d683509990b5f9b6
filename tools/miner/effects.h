#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "miner/channel.h"
#include "miner/work.h"
#include "sv2/mining_messages.h"

/// What a client has the shell do.
namespace miner {

struct Send {
    base::Bytes message{};  ///< a plaintext frame
};
struct SetWork {
    Work work{};
};
struct ClearWork {
    std::size_t channel{};
};
/// The pool did something odd that we can live with.
struct Warning {
    std::string text{};
};
/// The pool wants us elsewhere: an empty host or port 0 stay as they are (Sv2 3.6.5).
struct Redirect {
    std::string host{};
    std::uint16_t port{};
};
/// The connection is of no more use.
struct Disconnect {
    std::string reason{};
    bool is_refusal{};  ///< the pool does not want us as we are: trying again will not help
};

struct ChannelOpened {
    Channel::Opened channel{};
};
struct ChannelRefused {
    std::size_t channel{};
    ChannelKind kind{};
    std::string error_code{};
};
struct ChannelClosed {
    std::size_t channel{};
    sv2::ChannelId channel_id{};
    std::string reason_code{};
    std::uint64_t unanswered{};  ///< shares that will not be answered any more
};
/// A share that goes out with the `Send` after it: to be written down before.
struct ShareSubmitted {
    FoundShare share{};
    sv2::ChannelId channel_id{};
    std::uint32_t sequence_number{};
};
struct SharesAccepted {
    sv2::SubmitSharesSuccess answer{};
    /// How long the shares that it covers have waited for it.
    std::vector<base::SteadyTime::duration> waited{};
};
struct ShareRejected {
    sv2::ChannelId channel_id{};
    std::uint32_t sequence_number{};
    std::string error_code{};
};
/// The pool has not answered RequestExtensions: perhaps it knows none (extension 0x0001).
struct ExtensionsUnanswered {};

using Effect = std::variant<Send, SetWork, ClearWork, ChannelOpened, ChannelRefused, ChannelClosed,
                            ShareSubmitted, SharesAccepted, ShareRejected, ExtensionsUnanswered,
                            Warning, Redirect, Disconnect>;
using Effects = std::vector<Effect>;

}  // namespace miner
