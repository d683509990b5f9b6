#include "admin/console_api.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>

#include "admin/listing.h"
#include "admin/live_rows.h"
#include "admin/proto_json.h"
#include "admin/web_rules.h"
#include "service/config.h"
#include "service/http_server.h"

namespace admin {
namespace {

using std::chrono::seconds;

// What the page shows at once of collections that it does not turn the pages of.
constexpr std::int32_t rows_max = 200;
// Below this, packing saves less than a packet.
constexpr std::size_t packed_from = 1200;
constexpr seconds window_max{24 * 3600};
constexpr std::size_t points_default = 240;
constexpr std::size_t points_max = 1000;

std::string parameter(const WebRequest& request, std::string_view name) {
    return service::query_parameter(request.query, name).value_or("");
}

template <class Int>
std::optional<Int> number(const std::string& text) {
    Int value{};
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
    return value;
}

// As a filter writes it.
std::string filter_literal(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

// A page of a table into the repeated field of a List's response.
template <class Row, class Response>
std::optional<WebReply> fill(const Table<Row>& table, const ListQuery& query, Response& response,
                             google::protobuf::RepeatedPtrField<Row>& rows) {
    const auto page = list(table, query);
    if (!page) return error_reply(400, page.error().text);
    for (const auto* row : page->rows) *rows.Add() = *row;
    response.set_next_page_token(page->next_page_token);
    if constexpr (requires { response.set_total_size(0U); })
        response.set_total_size(page->total_size);
    return std::nullopt;
}

// What a List of the API takes; without a page size, `rows` of them.
std::optional<ListQuery> read_query(const WebRequest& request, std::int32_t rows) {
    ListQuery query{.page_size = rows,
                    .page_token = parameter(request, "page_token"),
                    .filter = parameter(request, "filter"),
                    .order_by = parameter(request, "order_by")};
    if (const auto size = parameter(request, "page_size"); !size.empty()) {
        const auto given = number<std::int32_t>(size);
        if (!given || *given < 0) return std::nullopt;
        query.page_size = *given;
    }
    return query;
}

template <class Row, class Response>
WebHandler lister(const Table<Row>& table,
                  google::protobuf::RepeatedPtrField<Row>* (Response::*rows)()) {
    return [&table, rows](const WebRequest& request) {
        const auto query = read_query(request, rows_max);
        if (!query) return error_reply(400, "page_size is a number from 0 on");
        Response response;
        if (auto error = fill(table, *query, response, *(response.*rows)())) return *error;
        return json_reply(to_json(response), request);
    };
}

WebReply history_reply(ShownHistory history, const WebRequest& request) {
    auto points = points_default;
    if (const auto given = number<std::size_t>(parameter(request, "points")))
        points = std::clamp(*given, std::size_t{1}, points_max);
    history = thinned(std::move(history), points);
    proto::GetPoolHistoryResponse response;
    response.mutable_step()->set_seconds(history.step.count());
    for (auto& point : history.points) *response.add_points() = std::move(point);
    return json_reply(to_json(response), request);
}

std::optional<seconds> read_window(const WebRequest& request) {
    const auto text = parameter(request, "window");
    if (text.empty()) return seconds{3600};
    const auto window = service::parse_duration(text);
    if (!window || *window < seconds{60} || *window > window_max) return std::nullopt;
    return std::chrono::duration_cast<seconds>(*window);
}

constexpr std::string_view window_wanted = "window is a duration from 60s to 24h";

}  // namespace

ShownHistory thinned(ShownHistory history, std::size_t points_max_wanted) {
    const auto count = history.points.size();
    if (count <= points_max_wanted) return history;
    const auto joined = (count + points_max_wanted - 1) / points_max_wanted;
    ShownHistory out{.step = history.step * static_cast<std::int64_t>(joined)};
    // Whole groups, counted from the newest: what is shown last is never of fewer steps.
    for (auto first = count % joined; first < count; first += joined) {
        proto::HistoryPoint sum;
        *sum.mutable_start_time() = history.points[first].start_time();
        const double part = 1.0 / static_cast<double>(joined);
        double known = 0;
        for (std::size_t i = first; i < first + joined; ++i) {
            const auto& point = history.points[i];
            sum.set_hash_rate(sum.hash_rate() + point.hash_rate() * part);
            sum.set_accepted_per_minute(sum.accepted_per_minute() +
                                        point.accepted_per_minute() * part);
            sum.set_rejected_per_minute(sum.rejected_per_minute() +
                                        point.rejected_per_minute() * part);
            for (const auto& [reason, rate] : point.rejected_per_minute_by_reason())
                (*sum.mutable_rejected_per_minute_by_reason())[reason] += rate * part;
            if (point.convergence() > 0) {
                sum.set_convergence(sum.convergence() + point.convergence());
                ++known;
            }
        }
        if (known > 0) sum.set_convergence(sum.convergence() / known);
        out.points.push_back(std::move(sum));
    }
    return out;
}

WebReply json_reply(std::string json, const WebRequest& request) {
    WebReply reply{.content_type = "application/json", .body = std::move(json)};
    reply.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept-Encoding"}};
    if (request.accepts_gzip && reply.body.size() >= packed_from) {
        reply.body = gzip(reply.body);
        reply.is_gzip = true;
    }
    return reply;
}

WebReply error_reply(unsigned status, std::string_view what) {
    return {.status = status,
            .content_type = "application/json",
            .body = "{\"error\":" + json_string(what) + "}",
            .headers = {{"Cache-Control", "no-store"}}};
}

ConsoleApi::ConsoleApi(const View& view, HistorySource history)
    : view_(view), history_(std::move(history)) {
    routes_["/api/pool"] = [this](const WebRequest& request) {
        return json_reply(to_json(view_.pool), request);
    };
    const auto add = [this](std::string path,
                            WebReply (ConsoleApi::*method)(const WebRequest&) const) {
        routes_[std::move(path)] = [this, method](const WebRequest& request) {
            return (this->*method)(request);
        };
    };
    add("/api/pool/history", &ConsoleApi::pool_history);
    add("/api/workers", &ConsoleApi::workers);
    add("/api/worker", &ConsoleApi::worker);
    add("/api/worker/channels", &ConsoleApi::worker_channels);
    add("/api/worker/history", &ConsoleApi::worker_history);
    routes_["/api/channels"] =
        lister(view.channels, &proto::ListChannelsResponse::mutable_channels);
    routes_["/api/blocks"] = lister(view.blocks, &proto::ListBlocksResponse::mutable_blocks);
    routes_["/api/nodes"] = lister(view.nodes, &proto::ListNodesResponse::mutable_nodes);
    routes_["/api/services"] =
        lister(view.services, &proto::ListServicesResponse::mutable_services);
    routes_["/api/gateways"] =
        lister(view.gateways, &proto::ListGatewaysResponse::mutable_gateways);
    routes_["/api/problems"] =
        lister(view.problems, &proto::ListProblemsResponse::mutable_problems);
}

std::optional<WebReply> ConsoleApi::answer(const WebRequest& request) const {
    const auto route = routes_.find(request.path);
    if (route == routes_.end()) return std::nullopt;
    return route->second(request);
}

// What somebody types into the search is part of an identity or a worker, not of the language of
// filters.
WebReply ConsoleApi::workers(const WebRequest& request) const {
    auto query = read_query(request, page_size_default);
    if (!query) return error_reply(400, "page_size is a number from 0 on");
    if (const auto search = parameter(request, "search"); !search.empty()) {
        const auto text = filter_literal(search);
        const auto matches = "(identity : " + text + " OR worker : " + text + ")";
        query->filter = query->filter.empty() ? matches : matches + " AND (" + query->filter + ")";
    }
    proto::ListWorkersResponse response;
    if (auto error = fill(view_.workers, *query, response, *response.mutable_workers()))
        return *error;
    return json_reply(to_json(response), request);
}

WebReply ConsoleApi::worker(const WebRequest& request) const {
    const auto* found = view_.workers.find(parameter(request, "name"));
    if (found == nullptr) return error_reply(404, "there is no such worker, or it is long gone");
    return json_reply(to_json(*found), request);
}

WebReply ConsoleApi::worker_channels(const WebRequest& request) const {
    const auto* found = view_.workers.find(parameter(request, "name"));
    if (found == nullptr) return error_reply(404, "there is no such worker, or it is long gone");
    const auto user =
        found->worker().empty() ? found->identity() : found->identity() + "." + found->worker();
    ListQuery query{.page_size = rows_max, .filter = "user_identity = " + filter_literal(user)};
    proto::ListChannelsResponse response;
    if (auto error = fill(view_.channels, query, response, *response.mutable_channels()))
        return *error;
    return json_reply(to_json(response), request);
}

WebReply ConsoleApi::pool_history(const WebRequest& request) const {
    const auto window = read_window(request);
    if (!window) return error_reply(400, window_wanted);
    return history_reply(history_.pool ? history_.pool(*window) : ShownHistory{}, request);
}

WebReply ConsoleApi::worker_history(const WebRequest& request) const {
    const auto window = read_window(request);
    if (!window) return error_reply(400, window_wanted);
    const auto name = parameter(request, "name");
    std::optional<ShownHistory> history;
    if (history_.worker)
        history = history_.worker(name, *window);
    else if (view_.workers.find(name) != nullptr)
        history.emplace();
    if (!history) return error_reply(404, "there is no such worker, or it is long gone");
    return history_reply(std::move(*history), request);
}

}  // namespace admin
