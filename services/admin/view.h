#pragma once

#include <adit/admin/v1/block.pb.h>
#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <adit/admin/v1/gateway.pb.h>
#include <adit/admin/v1/policy.pb.h>
#include <adit/admin/v1/pool.pb.h>
#include <adit/admin/v1/worker.pb.h>

#include "admin/table.h"

namespace admin {

namespace proto = adit::admin::v1;

/// The pool as the operators see it. Each table is filled by one source, named behind it; API,
/// console, problems and webhooks only read. Owned by Admin, one loop.
struct View {
    // The share log (log_projection).
    proto::Pool pool{};  // what of it others know, they set: the connections, the problems, ...
    Table<proto::Channel> channels{};
    Table<proto::Worker> workers{};
    Table<proto::Identity> identities{};
    // Every process, asked once a second (fleet).
    Table<proto::Service> services{};
    Table<proto::Gateway> gateways{};
    Table<proto::Connection> connections{};
    // The template services (node_source), and {pool}:blocks (block_source).
    Table<proto::Template> templates{};
    Table<proto::Node> nodes{};
    Table<proto::Block> blocks{};
    // {pool}:bans.
    Table<proto::Ban> bans{};
    // All of the above (problems).
    Table<proto::Problem> problems{};
};

}  // namespace admin
