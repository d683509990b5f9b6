#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_call.h"
#include "admin/audit_reader.h"
#include "admin/mutations.h"
#include "admin/processes.h"
#include "admin/view.h"
#include "admin/watch_call.h"
#include "base/clock.h"
#include "redis/client.h"

namespace admin {

/// What was, where somebody keeps it.
struct Histories {
    std::function<proto::GetPoolHistoryResponse(std::chrono::seconds window)> pool{};
    /// Of a worker or an identity, by name; nothing where there is none.
    std::function<std::optional<proto::GetWorkerHistoryResponse>(std::string_view name,
                                                                 std::chrono::seconds window)>
        worker{};
};

/// What the services of the API stand on; each takes what it needs.
struct ApiParts {
    const ApiGate& gate;
    const WatchGate& watches;
    Mutations& mutations;
    const View& view;
    const Processes& processes;
    const Histories& histories;
    AuditReader& audit;
    redis::Client& redis;
    const base::Clock& clock;
};

template <class Row>
std::vector<std::string> names_of(const Table<Row>& table) {
    std::vector<std::string> names;
    table.for_each([&](const Row& row) { names.push_back(row.name()); });
    return names;
}

/// The names of all processes of a kind.
inline std::vector<std::string> services_of(const View& view, std::string_view kind) {
    std::vector<std::string> names;
    view.services.for_each([&](const proto::Service& row) {
        if (row.kind() == kind) names.push_back(row.name());
    });
    return names;
}

}  // namespace admin
