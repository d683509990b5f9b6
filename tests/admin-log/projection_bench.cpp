// What the picture of a large pool costs, in numbers for a program to read.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "admin/listing.h"
#include "admin/projection.h"
#include "admin/synthetic_pool_testing.h"

namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros start{1'700'000'000s};

/// Of this thread: what others do on the machine is not ours.
double processor_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::size_t in_use() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void say(const char* what, double value) {
    std::printf("%s\t%.9g\n", what, value);
}

struct Pool {
    explicit Pool(const admin::SyntheticPool::Settings& settings) : synthetic(settings) {}

    void take(const std::vector<admin::SyntheticPool::Entry>& entries) {
        const auto before = processor_s();
        for (const auto& entry : entries) {
            const auto record = share_log::decode_record(entry.record, entry.duplicates);
            if (!record) std::abort();
            shares += record->batch.shares.size();
            projection.take(*record, {.partition = entry.partition, .committed_at = now});
        }
        take_s += processor_s() - before;
    }
    /// A second of its life.
    void live() {
        const auto entries = synthetic.shares(now, 1s);
        take(entries);
        now += 1s;
        const auto before = processor_s();
        for (std::uint32_t i = 0; i < 16; ++i) projection.channels().silence().set_complete(i, now);
        projection.pass(now, true);
        projection.write_pool(now, now);
        pass_s += processor_s() - before;
        const auto between = processor_s();
        for (int slice = 0; slice < 10; ++slice)
            projection.refresh(now,
                               [](mining::Epoch) { return std::string{"gateways/gateway-1"}; });
        refresh_s += processor_s() - between;
    }

    admin::SyntheticPool synthetic;
    admin::View view{};
    admin::Projection projection{view};
    base::UnixMicros now = start;
    std::size_t shares = 0;
    double take_s = 0;
    double pass_s = 0;
    double refresh_s = 0;
};

void measure_pages(const Pool& pool, int rounds) {
    struct {
        const char* what;
        admin::ListQuery query;
    } const cases[] = {
        {"page_by_name_ms", {}},
        {"page_by_rate_ms", {.order_by = "hash_rates.last_5_minutes desc"}},
        {"page_by_rate_filtered_ms",
         {.filter = "hash_rates.last_5_minutes > 1 AND (user_identity : \"rig3\" OR is_silent)",
          .order_by = "hash_rates.last_5_minutes desc"}},
        {"page_by_reason_ms",
         {.filter = "shares.rejected_by_reason.stale-share > 0",
          .order_by = "shares.rejected_by_reason.stale-share desc"}},
        {"page_of_1000_ms", {.page_size = 1000, .order_by = "last_share_time"}},
    };
    for (const auto& [what, query] : cases) {
        std::vector<double> times;
        for (int round = 0; round < rounds; ++round) {
            const auto before = processor_s();
            const auto page = admin::list(pool.view.channels, query);
            times.push_back((processor_s() - before) * 1000);
            if (!page || page->rows.empty()) std::abort();
        }
        std::ranges::sort(times);
        say((std::string{what} + "_p50").c_str(), times[times.size() / 2]);
        say((std::string{what} + "_max").c_str(), times.back());
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Measures the admin service's picture of a synthetic pool."};
    admin::SyntheticPool::Settings settings;
    int seconds = 60;
    int rounds = 50;
    app.add_option("--channels", settings.channels, "channels, each a worker of its own");
    app.add_option("--shares-per-second", settings.shares_per_second, "of all together");
    app.add_option("--seconds", seconds, "of the pool's life");
    app.add_option("--rounds", rounds, "of each list");
    CLI11_PARSE(app, argc, argv);

    auto pool = std::make_unique<Pool>(settings);
    const auto opens = pool->synthetic.opens();
    const auto before = in_use();
    pool->take(opens);
    pool->shares = 0;
    pool->take_s = 0;
    for (int second = 0; second < seconds; ++second) pool->live();
    say("bytes_for_each_channel",
        static_cast<double>(in_use() - before) / static_cast<double>(settings.channels));
    const auto shares = static_cast<double>(pool->shares);
    say("share_us", pool->take_s * 1e6 / shares);
    say("core_for_shares", pool->take_s / seconds);
    say("core_for_rows", pool->refresh_s / seconds);
    say("core_for_silence_and_pool", pool->pass_s / seconds);
    say("core", (pool->take_s + pool->refresh_s + pool->pass_s) / seconds);
    const auto version = pool->view.channels.version();
    pool->live();
    say("rows_changed_in_a_second", static_cast<double>(pool->view.channels.version() - version));
    measure_pages(*pool, rounds);
    return 0;
}
