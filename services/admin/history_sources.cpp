#include "admin/history_sources.h"

#include <utility>

namespace admin {
namespace {

template <class Response>
Response to_response(History history) {
    Response response;
    response.mutable_step()->set_seconds(history.step.count());
    for (auto& point : history.points) *response.add_points() = std::move(point);
    return response;
}

ShownHistory to_shown(History history) {
    return {.step = history.step, .points = std::move(history.points)};
}

}  // namespace

Histories histories_for_api(const LogProjection& projection) {
    return {
        .pool =
            [&projection](std::chrono::seconds window) {
                return to_response<proto::GetPoolHistoryResponse>(projection.pool_history(window));
            },
        .worker = [&projection](std::string_view name, std::chrono::seconds window)
            -> std::optional<proto::GetWorkerHistoryResponse> {
            auto history = projection.worker_history(name, window);
            if (!history) return std::nullopt;
            return to_response<proto::GetWorkerHistoryResponse>(std::move(*history));
        }};
}

HistorySource histories_for_console(const LogProjection& projection) {
    return {.pool =
                [&projection](std::chrono::seconds window) {
                    return to_shown(projection.pool_history(window));
                },
            .worker = [&projection](std::string_view name,
                                    std::chrono::seconds window) -> std::optional<ShownHistory> {
                auto history = projection.worker_history(name, window);
                if (!history) return std::nullopt;
                return to_shown(std::move(*history));
            }};
}

}  // namespace admin
