#pragma once

#include <string>
#include <vector>

#include "service/endpoint.h"

namespace service {

/// The numeric addresses of this machine's (or container's) interfaces. Does not wait.
std::vector<std::string> interface_addresses();

/// Whether who dials `address` reaches the process that listens on `listen`: services that find
/// each other by name find themselves there, too. `address` is numeric; an open `listen` (0.0.0.0,
/// ::) is reached by every one of `own`.
bool reaches_itself(const Endpoint& listen, const Endpoint& address,
                    const std::vector<std::string>& own);

}  // namespace service
