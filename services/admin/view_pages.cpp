#include "admin/view_pages.h"

#include <google/protobuf/util/json_util.h>

#include <functional>
#include <map>
#include <string>

namespace admin {
namespace {

template <class Response, class Row>
service::HttpAnswer page_of(const Table<Row>& table,
                            const std::function<void(Response&, const Row&)>& add) {
    Response response;
    table.for_each([&](const Row& row) { add(response, row); });
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string body;
    const auto status = google::protobuf::util::MessageToJsonString(response, &body, options);
    if (!status.ok()) return {.status = 500, .body = status.ToString()};
    return {.status = 200, .body = body + "\n", .content_type = "application/json"};
}

}  // namespace

void serve_view_pages(service::HttpServer& server, const View& view) {
    server.on_get("/problems", [&view] {
        return page_of<proto::ListProblemsResponse, proto::Problem>(
            view.problems, [](auto& response, const auto& row) { *response.add_problems() = row; });
    });
    server.on_get("/services", [&view] {
        return page_of<proto::ListServicesResponse, proto::Service>(
            view.services, [](auto& response, const auto& row) { *response.add_services() = row; });
    });
}

void publish_problems(service::Registry& registry, const View& view) {
    auto& by_severity = registry.gauges("adit_admin_problems",
                                        "What is wrong right now, by severity.", {"severity"});
    auto& by_kind =
        registry.gauges("adit_admin_problem", "What is wrong right now, by kind.", {"kind"});
    registry.on_collect([&by_severity, &by_kind, &view] {
        std::map<std::string, double> kinds;
        double counts[proto::Problem::Severity_ARRAYSIZE] = {};
        view.problems.for_each([&](const auto& problem) {
            ++kinds[problem.kind()];
            ++counts[problem.severity()];
        });
        by_severity.with({"info"}).set(counts[proto::Problem::SEVERITY_INFO]);
        by_severity.with({"warning"}).set(counts[proto::Problem::SEVERITY_WARNING]);
        by_severity.with({"critical"}).set(counts[proto::Problem::SEVERITY_CRITICAL]);
        for (const auto& [labels, gauge] : by_kind.series())
            if (!kinds.contains(labels.front())) by_kind.with(labels).set(0);
        for (const auto& [kind, count] : kinds) by_kind.with({kind}).set(count);
    });
}

}  // namespace admin
