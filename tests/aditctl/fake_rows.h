#pragma once

#include <adit/admin/v1/block.pb.h>
#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <adit/admin/v1/gateway.pb.h>
#include <adit/admin/v1/policy.pb.h>
#include <adit/admin/v1/pool.pb.h>
#include <adit/admin/v1/worker.pb.h>

#include <vector>

/// A small pool in trouble, the same in every test.
namespace fake_admin {

namespace v1 = adit::admin::v1;

v1::Pool pool();
std::vector<v1::Problem> problems();
std::vector<v1::Service> services();
std::vector<v1::Gateway> gateways();
std::vector<v1::Connection> connections();
std::vector<v1::Channel> channels();
/// Two thousand and five: more than two pages.
std::vector<v1::Worker> workers();
std::vector<v1::Node> nodes();
std::vector<v1::Block> blocks();
std::vector<v1::Ban> bans();

}  // namespace fake_admin
