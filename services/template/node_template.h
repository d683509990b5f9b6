#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "template/candidate.h"

namespace templates {

/// The candidate in a node's answer to getblocktemplate (BIP 22, BIP 23, BIP 145), asked with the
/// segwit rule. Its min_ntime is the node's time, or the earliest that consensus allows if that is
/// later. Pure. Errors: what is missing or wrong, for the log.
base::Result<Candidate, std::string> read_node_template(const nlohmann::json& answer);

}  // namespace templates
