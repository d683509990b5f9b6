#pragma once

#include "admin/view.h"
#include "service/http_server.h"
#include "service/metrics.h"

namespace admin {

/// For operators' machines, beside /metrics: `/problems` and `/services` as JSON, the API's List
/// responses. `view` outlives the server.
void serve_view_pages(service::HttpServer& server, const View& view);

/// `adit_admin_problems{severity}` and `adit_admin_problem{kind}`.
void publish_problems(service::Registry& registry, const View& view);

}  // namespace admin
