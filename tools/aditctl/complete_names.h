#pragma once

#include "aditctl/completion.h"

namespace aditctl {

/// Asks the admin service, for a short time; nothing where it does not answer.
std::vector<Candidate> find_names_by_api(const std::string& kind, const GlobalOptions& options,
                                         const std::string& typed);

}  // namespace aditctl
