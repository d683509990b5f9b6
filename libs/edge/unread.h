#pragma once

namespace edge {

/// Whether the peer's machine takes nothing of what the kernel has for it: it acknowledges nothing,
/// for more than a second, or has had no room for two. Costs a microsecond.
bool takes_nothing(int descriptor);

}  // namespace edge
