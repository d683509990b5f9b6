#pragma once

#include <string>
#include <string_view>

#include "template/node_rpc.h"
#include "template/node_url.h"

namespace templates {

/// Why a node does not do what `method` asks, in words for an operator: the cause, and the cure
/// where there is one. Pure.
std::string advise(std::string_view method, const NodeError& error, const NodeUrl& url);

/// What to do where the node refuses a block for such a reason (BIP 22); empty where nobody knows.
std::string_view cure_of_refusal(std::string_view reason);

/// "http://host:port/path".
std::string to_text(const NodeUrl& url);

}  // namespace templates
