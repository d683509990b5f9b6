#pragma once

#include <source_location>

namespace base {

/// States what must be true if this program is right. When it is not, logs the place and aborts,
/// in release builds too: a supervisor restarts us, and the ledger makes that safe. Never for
/// what a peer sent, nor for what the environment did.
void ensure(bool claim, const char* what,
            std::source_location where = std::source_location::current());

}  // namespace base
