#pragma once

#include <adit/admin/v1/worker.pb.h>

#include <string>
#include <vector>

namespace aditctl {

/// How bad a worker is: of all that it should do, the part that is lost for certain. Between 0
/// and 1. A silent one loses all; of one that mines, the lower end of the Wilson interval (z = 2)
/// for the part of its shares of the last hour that were refused, so that one refused share of one
/// does not go before a hundred of two hundred.
double certain_loss(const adit::admin::v1::Worker& worker);

/// The worst first; among equals, whose hash rate is larger. Each once.
std::vector<adit::admin::v1::Worker> worst_first(std::vector<adit::admin::v1::Worker> workers);

/// Why it stands where it stands.
std::string loss_text(const adit::admin::v1::Worker& worker);

}  // namespace aditctl
