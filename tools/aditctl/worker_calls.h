#pragma once

#include <adit/admin/v1/worker.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/names.h"
#include "aditctl/worst_workers.h"

namespace aditctl {

template <>
struct Calls<v1::Worker> {
    using Stub = v1::WorkerService::Stub;
    static constexpr auto list = &Stub::ListWorkers;
    static constexpr auto get = &Stub::GetWorker;
    static constexpr auto watch = &Stub::WatchWorkers;
    static constexpr const char* argument = "WORKER";
    static auto& rows(v1::ListWorkersResponse& response) { return *response.mutable_workers(); }
    static const auto& row(const v1::GetWorkerResponse& response) { return response.worker(); }
    static std::string name(const std::string& text) { return worker_name(text); }
};

/// The worst workers among those that match: the server sorts by fields, so from it come the
/// largest silent ones, those with the smallest valid part and those with the most refused shares;
/// ranking them is worst_first()'s. `candidates`: how many of each are looked at.
inline std::vector<v1::Worker> fetch_worst_workers(AdminChannel& admin, const ListOptions& list,
                                                   std::size_t candidates) {
    const auto both = [&](const std::string& filter) {
        return list.filter.empty() ? filter : fmt::format("({}) AND {}", list.filter, filter);
    };
    std::vector<v1::Worker> workers;
    for (const auto& [filter, order] :
         {std::pair{"state = SILENT", "hash_rates.last_day desc"},
          std::pair{"state = MINING", "shares_last_hour.valid_ratio"},
          std::pair{"state = MINING", "shares_last_hour.rejected desc"}}) {
        auto query = list;
        query.filter = both(filter);
        query.order_by = order;
        auto fetched = fetch_rows<v1::Worker>(admin, query, candidates);
        for (auto& worker : fetched.rows) workers.push_back(std::move(worker));
    }
    return worst_first(std::move(workers));
}

}  // namespace aditctl
