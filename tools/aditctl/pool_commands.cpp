#include <adit/admin/v1/pool.grpc.pb.h>

#include <algorithm>

#include "aditctl/collection.h"
#include "aditctl/commands.h"
#include "aditctl/history_table.h"

namespace aditctl {

template <>
struct Calls<v1::Problem> {
    using Stub = v1::PoolService::Stub;
    static constexpr auto list = &Stub::ListProblems;
    static constexpr auto watch = &Stub::WatchProblems;
    static auto& rows(v1::ListProblemsResponse& response) { return *response.mutable_problems(); }
};

template <>
struct Calls<v1::AuditEntry> {
    using Stub = v1::PoolService::Stub;
    static constexpr auto list = &Stub::ListAuditEntries;
    static auto& rows(v1::ListAuditEntriesResponse& response) {
        return *response.mutable_audit_entries();
    }
};

namespace {

struct PoolOptions {
    bool is_watching = false;
    std::chrono::milliseconds history{};
};

void show_pool(const GlobalOptions& options, const PoolOptions& pool) {
    AdminChannel admin{options};
    if (pool.history.count() > 0) {
        v1::GetPoolHistoryRequest request;
        request.mutable_window()->set_seconds(pool.history.count() / 1000);
        print_history(options,
                      admin.call(&v1::PoolService::Stub::GetPoolHistory, request).points());
        return;
    }
    if (!pool.is_watching) {
        print_message(options,
                      admin.call(&v1::PoolService::Stub::GetPool, v1::GetPoolRequest{}).pool());
        return;
    }
    admin.stream(&v1::PoolService::Stub::WatchPool, v1::WatchPoolRequest{},
                 [&](const v1::WatchPoolResponse& response) {
                     print_message(options, response.pool());
                     if (options.output == Output::table) fmt::print("\n");
                     std::fflush(stdout);
                     return true;
                 });
}

/// With `fails`, a pool in trouble is a failure: for scripts.
void show_problems(const GlobalOptions& options, const ListOptions& list, bool fails) {
    AdminChannel admin{options};
    const auto fetched = fetch_rows<v1::Problem>(admin, list, limit_of(list, options.output));
    if (fetched.rows.empty() && options.output == Output::table)
        fmt::print("no problems\n");
    else
        print_rows(options, fetched.rows, list.is_wide);
    const auto critical =
        std::ranges::count(fetched.rows, v1::Problem::SEVERITY_CRITICAL, &v1::Problem::severity);
    if (fails && critical > 0)
        throw CommandFailure{ExitCode::failed, fmt::format("{} critical problems", critical)};
}

void add_problems(CLI::App& app, const GlobalOptions& options) {
    auto& problems = *app.add_subcommand("problems", "What is wrong right now, and what to do");
    const auto list = std::make_shared<ListOptions>();
    const auto is_watching = std::make_shared<bool>(false);
    const auto fails = std::make_shared<bool>(false);
    add_list_options(problems, *list);
    problems.add_flag("--watch", *is_watching, "Go on showing them");
    problems.add_flag("--fail", *fails, "End with status 1 while there are critical ones");
    problems.footer(
        "\nExamples:\n"
        "  aditctl problems --watch\n"
        "  aditctl problems --filter 'severity = CRITICAL' --wide\n"
        "Next: the paragraph of docs/runbook.md that --wide names; `aditctl dump SERVICE`.\n");
    problems.callback([&options, list, is_watching, fails] {
        if (*is_watching)
            watch_rows<v1::Problem>(options, *list);
        else
            show_problems(options, *list, *fails);
    });
}

}  // namespace

CLI::App& add_group(CLI::App& app, const char* name, const char* what) {
    auto& group = *app.add_subcommand(name, what);
    group.require_subcommand(1);
    return group;
}

void add_pool_commands(CLI::App& app, const GlobalOptions& options) {
    auto& pool = *app.add_subcommand("pool", "The pool in figures: hash rate, shares, blocks");
    const auto pool_options = std::make_shared<PoolOptions>();
    pool.add_flag("--watch", pool_options->is_watching, "About once a second");
    add_duration_option(pool, "--history", pool_options->history,
                        "The last so long in steps instead, from 1h to 24h");
    pool.footer(
        "\nExamples:\n"
        "  aditctl pool --history 24h\n"
        "  aditctl pool --output json\n"
        "Next: `aditctl top` for a live screen, `aditctl problems` for what is wrong.\n");
    pool.callback([&options, pool_options] { show_pool(options, *pool_options); });

    add_problems(app, options);

    auto& audit = add_group(app, "audit", "Who changed what");
    add_list<v1::AuditEntry>(audit, options, "Changes that operators made, the newest first",
                             "\nExamples:\n"
                             "  aditctl audit list --limit 20 --wide\n"
                             "  aditctl audit list --filter 'actor = \"carol\"'\n");
}

}  // namespace aditctl
