#include "aditctl/top.h"

#include <adit/admin/v1/fleet.grpc.pb.h>
#include <adit/admin/v1/pool.grpc.pb.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "aditctl/terminal.h"
#include "aditctl/top_screen.h"
#include "aditctl/worker_calls.h"

namespace aditctl {
namespace {

// More is not scrolled through: `aditctl workers list --filter` finds who is looked for.
constexpr std::size_t workers_max = 200;
constexpr std::size_t worst_candidates = 100;
constexpr std::int32_t problems_max = 50;
constexpr std::int32_t services_max = 500;
constexpr std::chrono::milliseconds answer_within{3'000};
constexpr std::chrono::milliseconds redraw_interval{1'000};

struct Order {
    WorkerSort sort{};
    bool is_reversed = false;
};

std::vector<v1::Worker> fetch_workers(AdminChannel& admin, Order order) {
    ListOptions list;
    list.parent = "identities/-";
    if (order.sort == WorkerSort::worst) {
        auto workers = fetch_worst_workers(admin, list, worst_candidates);
        if (order.is_reversed) std::ranges::reverse(workers);
        return workers;
    }
    const bool falls = (order.sort == WorkerSort::hash_rate ||
                        order.sort == WorkerSort::rejected) != order.is_reversed;
    const auto field = order.sort == WorkerSort::hash_rate  ? "hash_rates.last_5_minutes"
                       : order.sort == WorkerSort::rejected ? "shares_last_hour.rejected"
                       : order.sort == WorkerSort::silence  ? "last_share_time"
                                                            : "name";
    list.filter = "NOT state = GONE";
    list.order_by = fmt::format("{}{}", field, falls ? " desc" : "");
    return fetch_rows<v1::Worker>(admin, list, workers_max).rows;
}

TopData fetch(AdminChannel& admin, Order order) {
    TopData data;
    data.pool = admin.call(&v1::PoolService::Stub::GetPool, v1::GetPoolRequest{}).pool();
    v1::ListProblemsRequest problems;
    problems.set_page_size(problems_max);
    const auto listed = admin.call(&v1::PoolService::Stub::ListProblems, problems);
    data.problems.assign(listed.problems().begin(), listed.problems().end());
    v1::ListServicesRequest services;
    services.set_page_size(services_max);
    const auto fleet = admin.call(&v1::FleetService::Stub::ListServices, services);
    data.services.assign(fleet.services().begin(), fleet.services().end());
    data.workers = fetch_workers(admin, order);
    data.fetched_at = std::chrono::system_clock::now();
    return data;
}

/// Asks again and again on a thread of its own, so that a server which does not answer keeps no key
/// from being heard.
class Fetcher {
  public:
    Fetcher(const GlobalOptions& options, std::chrono::milliseconds interval,
            const Terminal& terminal)
        : admin_(options), interval_(interval), terminal_(terminal), thread_([this] { run(); }) {}
    ~Fetcher() { thread_.detach(); }  // its call may take seconds; see run_live()
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;

    void order(Order order) {
        {
            const std::lock_guard lock{mutex_};
            order_ = order;
            is_asked_ = true;
        }
        asked_.notify_one();
    }
    TopData data() {
        const std::lock_guard lock{mutex_};
        return data_;
    }

  private:
    [[noreturn]] void run() {
        std::unique_lock lock{mutex_};
        while (true) {
            is_asked_ = false;
            const auto order = order_;
            lock.unlock();
            TopData fetched;
            std::string trouble;
            try {
                fetched = fetch(admin_, order);
            } catch (const std::exception& error) {
                trouble = error.what();
            }
            lock.lock();
            if (trouble.empty()) data_ = std::move(fetched);
            data_.trouble = std::move(trouble);
            terminal_.wake();
            asked_.wait_for(lock, interval_, [this] { return is_asked_; });
        }
    }

    AdminChannel admin_;
    std::chrono::milliseconds interval_;
    const Terminal& terminal_;
    std::mutex mutex_{};
    std::condition_variable asked_{};
    bool is_asked_ = false;
    Order order_{};
    TopData data_{};
    std::thread thread_;  // the last: it uses the others
};

/// False: end.
bool obey(Key key, TopView& view, std::size_t workers, Fetcher& fetcher) {
    constexpr std::size_t page = 10;
    const auto last = workers == 0 ? 0 : workers - 1;
    switch (key) {
        case Key::quit: return false;
        case Key::next_sort: view.sort = next_sort(view.sort); break;
        case Key::reverse: view.is_reversed = !view.is_reversed; break;
        case Key::up: view.first -= std::min<std::size_t>(view.first, 1); return true;
        case Key::down: view.first = std::min(view.first + 1, last); return true;
        case Key::page_up: view.first -= std::min(view.first, page); return true;
        case Key::page_down: view.first = std::min(view.first + page, last); return true;
        case Key::first: view.first = 0; return true;
        case Key::help: view.has_help = !view.has_help; return true;
        case Key::other: return true;
    }
    view.first = 0;
    fetcher.order({.sort = view.sort, .is_reversed = view.is_reversed});
    return true;
}

[[noreturn]] void run_live(const GlobalOptions& options, TopView view,
                           std::chrono::milliseconds interval) {
    Terminal terminal;
    Fetcher fetcher{options, interval, terminal};
    fetcher.order({.sort = view.sort, .is_reversed = false});
    for (bool goes_on = true; goes_on;) {
        const auto data = fetcher.data();
        terminal.draw(top_lines(data, view, terminal.size(), std::chrono::system_clock::now()));
        for (const auto key : terminal.wait(redraw_interval))
            goes_on = goes_on && obey(key, view, data.workers.size(), fetcher);
    }
    // The fetcher's thread may be in a call that takes seconds; it owns nothing that must be saved.
    terminal.restore();
    std::_Exit(static_cast<int>(ExitCode::done));
}

void run_once(const GlobalOptions& options, const TopView& view) {
    AdminChannel admin{options};
    const auto data = fetch(admin, {.sort = view.sort, .is_reversed = false});
    print_lines(top_lines(data, view, {.rows = 0, .columns = 0}, std::chrono::system_clock::now()));
}

}  // namespace

void add_top_command(CLI::App& app, const GlobalOptions& options) {
    auto& command = *app.add_subcommand(
        "top", "A live screen: figures, what is wrong, services, the worst workers");
    const auto interval = std::make_shared<std::chrono::milliseconds>(1'000);
    const auto sort = std::make_shared<std::string>("worst");
    add_duration_option(command, "--interval", *interval, "How often it asks; 1s unless said");
    command.add_option("--sort", *sort, "How workers are ordered at first")
        ->capture_default_str()
        ->type_name("worst|hash-rate|rejected|silence|name");
    command.footer(
        "\nKeys: q quit, s next order, r reverse, up/down/space/b scroll, g first, h help.\n"
        "Where the output is no terminal it prints one screen and ends.\n"
        "Example:\n  aditctl top --sort hash-rate\n");
    command.callback([&options, interval, sort] {
        const std::map<std::string, WorkerSort> sorts{{"worst", WorkerSort::worst},
                                                      {"hash-rate", WorkerSort::hash_rate},
                                                      {"rejected", WorkerSort::rejected},
                                                      {"silence", WorkerSort::silence},
                                                      {"name", WorkerSort::name}};
        const auto found = sorts.find(*sort);
        if (found == sorts.end())
            throw CLI::ValidationError{
                "--sort",
                fmt::format("'{}' is not worst, hash-rate, rejected, silence or name", *sort)};
        const TopView view{.admin = options.admin,
                           .sort = found->second,
                           .has_color = options.has_color(STDOUT_FILENO)};
        if (isatty(STDOUT_FILENO) != 1) {
            run_once(options, view);
            return;
        }
        auto quick = options;
        quick.timeout = std::min(quick.timeout, answer_within);
        run_live(quick, view, *interval);
    });
}

}  // namespace aditctl
