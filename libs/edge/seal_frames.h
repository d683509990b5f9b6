#pragma once

#include "base/bytes.h"
#include "edge/send_queue.h"
#include "noise/transport.h"

namespace edge {

/// Appends whole frames, one after the other, sealed. Errors: false when the key has no nonce left
/// for the next one; the connection must end then.
bool seal_frames(base::ByteView frames, noise::FrameSealer& sealer, SendQueue& out);

}  // namespace edge
