#pragma once

#include <array>
#include <string_view>

#include "sv2/common_messages.h"
#include "sv2/frame.h"
#include "sv2/message.h"

namespace sv2 {

/// Which end of a connection we are.
enum class Role { server, client };

/// What to do with a frame before its payload is looked at (Sv2 3.4.1). Everything but `process`
/// drops the frame; the anomalies among the rest are counted, and a connection with too many of
/// them is closed (limits.h). Whether the message is legal in the connection's state is the
/// caller's to know.
enum class Dispatch {
    process,
    process_wrong_channel_bit,  ///< by type all the same: old peers use the bits of before 2026
    drop_unknown_extension,     ///< silently: we are where it ends
    drop_unknown_type,          ///< anomaly
    drop_wrong_protocol,        ///< anomaly: a message of another sub-protocol
    drop_wrong_direction,       ///< anomaly: a message that only we may send
};

/// All of them, in the order of their values.
inline constexpr std::array dispatches{Dispatch::process,
                                       Dispatch::process_wrong_channel_bit,
                                       Dispatch::drop_unknown_extension,
                                       Dispatch::drop_unknown_type,
                                       Dispatch::drop_wrong_protocol,
                                       Dispatch::drop_wrong_direction};

/// True for what is counted against the peer.
constexpr bool is_anomaly(Dispatch dispatch) {
    return dispatch != Dispatch::process && dispatch != Dispatch::drop_unknown_extension;
}

/// The name for metrics and logs.
std::string_view dispatch_name(Dispatch dispatch);

/// Judges a received header on a connection for `protocol` at whose `role` end we are.
Dispatch dispatch(const FrameHeader& header, Protocol protocol, Role role);

}  // namespace sv2
