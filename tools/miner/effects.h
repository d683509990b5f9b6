#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "miner/channel.h"
#include "miner/work.h"
#include "sv2/mining_messages.h"

/// What a client, of either protocol, has the shell do.
namespace miner {

struct Send {
    base::Bytes message{};  ///< a plaintext frame (SV2), or a line with its end (SV1)
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
    std::chrono::seconds wait{};  ///< before we connect again
};
/// The connection is of no more use.
struct Disconnect {
    std::string reason{};
    bool is_refusal{};  ///< the pool does not want us as we are: trying again will not help
};

// Of SV2 alone.

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
    base::SteadyTime::duration waited{};
};
/// The pool has not answered RequestExtensions: perhaps it knows none (extension 0x0001).
struct ExtensionsUnanswered {};

// Of SV1 alone.

/// What the pool has us put into the coinbase, for the jobs from here on.
struct Extranonce {
    base::Bytes extranonce1{};
    std::size_t extranonce2_size{};
    friend bool operator==(const Extranonce&, const Extranonce&) = default;
};
struct Subscribed {
    std::string session_id{};  ///< empty where the pool names none
    Extranonce extranonce{};
    bool is_resumed{};  ///< it is the session that was asked for
};
struct Authorized {
    std::string worker{};
};
struct ExtranonceSet {
    Extranonce extranonce{};
};
struct JobReceived {
    std::string job_id{};
    std::shared_ptr<const Coinbase> coinbase{};
    base::Bytes extranonce1{};  ///< between its two parts
};
/// A `mining.submit` that goes out with the `Send` after it: to be written down before.
struct ShareSent {
    FoundShare share{};
    std::uint64_t request_id{};
    std::string worker{};
    std::string job_id{};
    base::Bytes extranonce1{};
    base::Bytes extranonce2{};
    std::optional<std::uint32_t> version_bits{};
    double difficulty{};  ///< as told for its job
};
struct ShareAnswered {
    std::uint64_t request_id{};
    bool is_accepted{};
    std::optional<std::int64_t> code{};  ///< of an error, where the pool gave one
    std::string text{};
    base::SteadyTime::duration waited{};
};

using Effect = std::variant<Send, SetWork, ClearWork, ChannelOpened, ChannelRefused, ChannelClosed,
                            ShareSubmitted, SharesAccepted, ShareRejected, ExtensionsUnanswered,
                            Subscribed, Authorized, ExtranonceSet, JobReceived, ShareSent,
                            ShareAnswered, Warning, Redirect, Disconnect>;
using Effects = std::vector<Effect>;

}  // namespace miner
