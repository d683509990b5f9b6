#pragma once

#include <adit/templates/v1/templates.pb.h>

#include "template/node_watch.h"

namespace templates {

/// What operators are told of the nodes.
adit::templates::v1::ListNodesResponse list_nodes(const NodeWatch& watch);

}  // namespace templates
