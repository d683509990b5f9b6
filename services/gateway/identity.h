#pragma once

#include "base/clock.h"
#include "gateway/config.h"
#include "noise/identity.h"

namespace gateway {

/// Reads the key and the certificate that the configuration names. Throws noise::KeyFileError,
/// which names the file and the cure, when they are not in order, or when no miner would take the
/// certificate at the clock's time. Blocks: for starting up, never for a loop.
noise::GatewayIdentity load_identity(const Config& config, const base::Clock& clock);

}  // namespace gateway
