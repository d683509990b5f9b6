#include "aditctl/commands.h"
#include "aditctl/history_table.h"
#include "aditctl/worker_calls.h"

namespace aditctl {

template <>
struct Calls<v1::Identity> {
    using Stub = v1::WorkerService::Stub;
    static constexpr auto list = &Stub::ListIdentities;
    static constexpr auto get = &Stub::GetIdentity;
    static constexpr const char* argument = "IDENTITY";
    static auto& rows(v1::ListIdentitiesResponse& response) {
        return *response.mutable_identities();
    }
    static const auto& row(const v1::GetIdentityResponse& response) { return response.identity(); }
    static std::string name(const std::string& text) { return identity_name(text); }
};

namespace {

constexpr std::size_t worst_shown = 10;

struct WorkerOptions {
    ListOptions list{};
    std::string identity{};
    bool is_worst = false;
};

void show_worst(const GlobalOptions& options, const ListOptions& list) {
    AdminChannel admin{options};
    const auto limit = list.limit.value_or(worst_shown);
    auto workers = fetch_worst_workers(admin, list, 1000);
    if (limit > 0 && workers.size() > limit) workers.resize(limit);
    if (options.output != Output::table || workers.empty()) {
        print_rows(options, workers, list.is_wide);
        return;
    }
    auto chosen = columns_for<v1::Worker>(list.is_wide);
    chosen.push_back(
        {.head = {"WHY"}, .shown = Shown::always, .cell = [](const v1::Worker& worker, Now) {
             return Cell{loss_text(worker)};
         }});
    const auto now = std::chrono::system_clock::now();
    std::vector<std::vector<Cell>> rows;
    for (const auto& worker : workers) rows.push_back(cells_of(chosen, worker, now));
    print_lines(table_lines(heads_of(chosen), rows, options.has_color(fileno(stdout))));
}

void list_workers(const GlobalOptions& options, WorkerOptions workers) {
    workers.list.parent =
        workers.identity.empty() ? "identities/-" : identity_name(workers.identity);
    if (workers.is_worst)
        show_worst(options, workers.list);
    else
        list_rows<v1::Worker>(options, workers.list);
}

void add_list_workers(CLI::App& group, const GlobalOptions& options) {
    auto& command = *group.add_subcommand("list", "Workers; --worst: those that lose most");
    const auto workers = std::make_shared<WorkerOptions>();
    add_list_options(command, workers->list);
    command.add_option("--identity", workers->identity, "Only of this account")
        ->type_name("IDENTITY");
    command
        .add_flag("--worst", workers->is_worst,
                  "The worst first: silent ones, then those most of whose shares of the last "
                  "hour are refused; 10 unless --limit says")
        ->excludes("--order-by");
    command.footer(
        "\nExamples:\n"
        "  aditctl workers list --worst\n"
        "  aditctl workers list --identity alice --order-by 'hash_rates.last_hour desc'\n"
        "  aditctl workers list --filter 'state = SILENT'\n"
        "Next: `aditctl workers get alice.rig1`, `aditctl workers history alice.rig1`,\n"
        "`aditctl channels list --filter 'user_identity = \"alice.rig1\"'`.\n");
    command.callback([&options, workers] { list_workers(options, *workers); });
}

void add_history(CLI::App& group, const GlobalOptions& options) {
    auto& command = *group.add_subcommand("history", "Hash rate and shares in steps");
    const auto name = std::make_shared<std::string>();
    const auto window = std::make_shared<std::chrono::milliseconds>(std::chrono::hours{1});
    command.add_option("name", *name, "A worker; an account with identities/ before it")
        ->required()
        ->type_name("WORKER");
    add_duration_option(command, "--window", *window, "The last so long; 1h unless said");
    command.footer("\nExample:\n  aditctl workers history alice.rig1 --window 24h\n");
    command.callback([&options, name, window] {
        v1::GetWorkerHistoryRequest request;
        request.set_name(worker_name(*name));
        request.mutable_window()->set_seconds(window->count() / 1000);
        AdminChannel admin{options};
        print_history(options,
                      admin.call(&v1::WorkerService::Stub::GetWorkerHistory, request).points());
    });
}

}  // namespace

void add_worker_commands(CLI::App& app, const GlobalOptions& options) {
    auto& workers = add_group(app, "workers", "Who mines: rigs, worst first with list --worst");
    workers.footer("\nExample:\n  aditctl workers list --worst\n");
    add_list_workers(workers, options);
    add_get<v1::Worker>(workers, options, "One worker, such as alice.rig1");
    add_history(workers, options);
    add_watch<v1::Worker>(workers, options, "The list, live");

    auto& identities = add_group(app, "identities", "Accounts: the sums of their workers");
    add_list<v1::Identity>(identities, options, "Accounts",
                           "\nExample:\n"
                           "  aditctl identities list --order-by 'hash_rates.last_day desc'\n"
                           "Next: `aditctl workers list --identity alice`.\n");
    add_get<v1::Identity>(identities, options, "One account");
}

}  // namespace aditctl
