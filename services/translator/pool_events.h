#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "sv2/dispatch.h"
#include "sv2/ids.h"
#include "translator/channels.h"

namespace translator {

/// What comes of a connection to a pool, for who owns the channels; in this order.
namespace pool_event {

/// The pool takes us: channels may be opened.
struct SetUp {};
struct Opened {
    ChannelHandle channel{};
    sv2::ChannelId id{};
    ChannelTerms terms{};
};
struct Refused {
    ChannelHandle channel{};
    std::string code{};
};
/// The prefix has changed; a clean job is next.
struct TermsChanged {
    ChannelHandle channel{};
    ChannelTerms terms{};
};
struct JobGiven {
    ChannelHandle channel{};
    ActiveJob job{};
};
struct ShareAnswered {
    ChannelHandle channel{};
    ShareTicket ticket{};
    Verdict verdict{};
    std::string code{};
    base::SteadyTime::duration waited{};
};
/// The pool has closed it, or has made of it what is of no use to anybody.
struct Closed {
    ChannelHandle channel{};
    std::string code{};
};
/// The connection has ended, and with it a channel or the question for one; or that question was
/// not answered.
struct Lost {
    ChannelHandle channel{};
};

}  // namespace pool_event

using PoolEvent = std::variant<pool_event::SetUp, pool_event::Opened, pool_event::Refused,
                               pool_event::TermsChanged, pool_event::JobGiven,
                               pool_event::ShareAnswered, pool_event::Closed, pool_event::Lost>;

/// Why a connection is of no more use.
struct PoolFailure {
    enum class Kind {
        violation,           ///< the pool speaks against the protocol
        refused,             ///< SetupConnection.Error: it does not want us as we are
        no_version_rolling,  ///< the same, for REQUIRES_VERSION_ROLLING: it may want us without
        no_extensions,       ///< RequestExtensions got no answer: perhaps it knows none
        late,                ///< an answer that has to come did not
        silent,              ///< nothing comes any more
    };
    Kind kind{};
    std::string why{};
};

/// For metrics: "violation".
std::string_view failure_name(PoolFailure::Kind kind);

/// What a PoolClient wants done.
struct PoolEffects {
    base::Bytes frames{};  ///< plaintext, back to back
    std::vector<PoolEvent> events{};
    struct Elsewhere {
        std::string host{};    ///< empty: the same
        std::uint16_t port{};  ///< 0: the same
    };
    /// The pool wants us there (Sv2 3.6.5); here it goes on until it ends.
    std::optional<Elsewhere> reconnect{};
    std::optional<PoolFailure> failure{};
    /// Frames that were dropped, or taken although their channel bit is wrong.
    unsigned oddities{};
};

}  // namespace translator
