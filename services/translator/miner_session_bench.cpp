#include <benchmark/benchmark.h>

#include <memory>
#include <sstream>
#include <vector>

#include "service/metrics.h"
#include "sv1/parser.h"
#include "translator/hasher_testing.h"
#include "translator/miner_context.h"
#include "translator/miner_session.h"

namespace translator {
namespace {

/// Takes shares and answers none.
class SilentPools final : public Channels {
  public:
    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override {
        listeners.push_back(&listener);
        size = terms.min_extranonce_size;
        return {listeners.size()};
    }
    void update(ChannelHandle, double, const bitcoin::Target&) override {}
    void close(ChannelHandle) override {}
    std::optional<ShareTicket> submit(ChannelHandle, const ChannelShare&) override {
        return ShareTicket{++shares};
    }
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle) const override {
        return std::chrono::hours{1};
    }
    std::optional<std::size_t> extranonce_size() const override { return {}; }
    bool is_served() const override { return true; }
    base::SteadyTime unserved_since() const override { return {}; }

    std::vector<ChannelListener*> listeners{};
    std::size_t size{};
    std::uint64_t shares{};
};

class SilentOutlet final : public MinerOutlet {
  public:
    std::string& lines() override { return text; }
    void flush_soon() override {}
    bool is_backed_up() const override { return false; }
    void close(std::string_view) override {}
    std::string text{};
};

struct Farm {
    Farm(std::size_t count, PrefixIn prefix_in) {
        settings.prefix_in = prefix_in;
        prefix->resize(8);
        for (std::size_t i = 0; i < count; ++i) {
            auto& session =
                *miners.emplace_back(std::make_unique<MinerSession>(context, outlet, "bench"));
            outlet.text.clear();
            say(session, R"({"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]})");
            say(session, R"({"id":2,"method":"mining.authorize","params":["bob.1","x"]})");
            pools.listeners.back()->on_terms(
                {.extranonce_prefix = prefix, .extranonce_size = pools.size, .target = easy});
        }
    }
    void say(MinerSession& session, std::string_view line) { session.on_line(*parser.parse(line)); }
    ActiveJob next_job() {
        auto parts = std::make_shared<JobParts>();
        parts->coinbase_prefix.resize(110);
        parts->coinbase_suffix.resize(250);
        parts->merkle_path.resize(12);
        return {.id = ++last_job,
                .parts = parts,
                .tip = tip,
                .min_ntime = tip->min_ntime,
                .target = easy,
                .extranonce_prefix = prefix,
                .extranonce_size = pools.size,
                .is_clean = true};
    }

    base::ManualClock clock{};
    base::SeededRandom random{7};
    service::Registry registry{"translator", "bench"};
    MinerMetrics metrics{registry};
    MinerSettings settings{};
    SilentPools pools{};
    SilentOutlet outlet{};
    sv1::Parser parser{};
    std::shared_ptr<base::Bytes> prefix{std::make_shared<base::Bytes>()};
    bitcoin::Target easy{[] {
        auto target = bitcoin::target_max();
        target.value.bytes[31] = 0x0f;
        return target;
    }()};
    std::shared_ptr<const Tip> tip{
        std::make_shared<const Tip>(Tip{.nbits = 0x1d00ffff, .min_ntime = 1'700'000'000})};
    MinerContext context{pools, settings, metrics, random, clock};
    std::vector<std::unique_ptr<MinerSession>> miners{};
    std::uint64_t last_job{};
};

/// From a new tip's job to the last miner's line, without sockets.
void new_job_to_all(benchmark::State& state) {
    Farm farm{10'000, state.range(0) == 0 ? PrefixIn::extranonce1 : PrefixIn::coinbase1};
    std::size_t bytes = 0;
    for (auto _ : state) {
        const auto job = farm.next_job();
        for (auto* miner : farm.pools.listeners) {
            miner->on_job(job);
            bytes = farm.outlet.text.size();
            farm.outlet.text.clear();
        }
    }
    state.counters["line"] = static_cast<double>(bytes);
}
BENCHMARK(new_job_to_all)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// A submit that has been parsed, to its answer.
void share_of_one(benchmark::State& state) {
    Farm farm{1, PrefixIn::extranonce1};
    testing::Hasher hasher;
    const auto lines = [&] {
        std::vector<std::string> all;
        std::istringstream text{farm.outlet.text};
        for (std::string line; std::getline(text, line);) all.push_back(line);
        return all;
    };
    farm.pools.listeners.back()->on_job(farm.next_job());
    hasher.read(lines());
    std::vector<std::string> shares;
    for (int i = 0; i < 4096; ++i) shares.push_back(hasher.find(hasher.job(), "bob.1").line);
    std::size_t next = 0;
    for (auto _ : state) {
        farm.say(*farm.miners.back(), shares[next++ % shares.size()]);
        farm.outlet.text.clear();
    }
    state.counters["accepted"] = static_cast<double>(farm.pools.shares);
}
BENCHMARK(share_of_one);

}  // namespace
}  // namespace translator

BENCHMARK_MAIN();
