#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulation/parts/template_probe.h"
#include "simulation/redis/simulated_redis.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

/// Template replicas, the nodes and Redis behind them, and who works on their templates.
class TemplateParts {
  public:
    TemplateParts(const TemplateParts&) = delete;
    TemplateParts& operator=(const TemplateParts&) = delete;
    explicit TemplateParts(std::uint64_t seed) : world(seed) {
        for (int i = 0; i < 3; ++i)
            probes.push_back(std::make_unique<TemplateProbe>(world, directory,
                                                             fmt::format("probe-{}", i), pool));
    }

    /// A minute in which everything fails that may, and then a while in which nothing does.
    void run() {
        const auto end = world.now() + 60s;
        while (world.now() < end && world.violations().empty()) {
            world.run_for(std::chrono::milliseconds{chance.below(2'000)});
            if (chance.happens(0.45)) probes[chance.below(probes.size())]->solve();
            if (chance.happens(0.25)) pool.fail();
            if (chance.happens(0.08)) fail_redis();
            if (chance.happens(0.05)) fail_network();
        }
        network.heal();
        redis.heal();
        pool.heal();
        world.run_for(TemplatePool::healed_after);
        if (!world.violations().empty()) return;
        pool.check_healed();
        for (const auto& probe : probes) {
            pool.laws().check_tip("a client", probe->tip());
            if (const auto blocks = probe->unconfirmed(redis_failed_at))
                world.violation("I10", fmt::format("{} solved blocks are not confirmed", blocks));
            confirmed += probe->confirmed();
        }
    }

    ~TemplateParts() { world.drop_events(); }

    std::string story() const {
        std::string all;
        for (const auto& [invariant, what, at] : world.violations())
            all += fmt::format("{}: {}\n", invariant, what);
        for (const auto& line : world.last_lines()) all += line + "\n";
        return all;
    }

    World world;
    Chance chance = world.fork("faults");
    Network network{world};
    RpcDirectory directory{network};
    Chance redis_chance = world.fork("redis");
    SimulatedRedis redis{
        {.now = [this] { return world.now(); },
         .calendar_us = [this] { return world.clock().unix_now().time_since_epoch().count(); },
         .after = [this](auto wait, auto event) { world.after(wait, std::move(event)); },
         .random = redis_chance},
        {}};
    TemplatePool pool{world,
                      network,
                      directory,
                      [this](const std::string& name, Life::Scheduler scheduler) {
                          return redis.connect(name, std::move(scheduler));
                      },
                      {}};
    std::vector<std::unique_ptr<TemplateProbe>> probes{};
    std::size_t confirmed = 0;
    base::SteadyTime redis_failed_at{};

  private:
    void fail_redis() {
        redis_failed_at = world.now();
        if (chance.happens(0.5)) {
            world.trace("redis fails over");
            redis.fail_over();
            return;
        }
        const auto node = redis.primary();
        world.trace("redis is killed");
        redis.kill(node);
        world.after(std::chrono::milliseconds{chance.below(6'000)},
                    [this, node] { redis.start(node); });
    }
    void fail_network() {
        const auto host = network.host(chance.happens(0.5) ? "template-0" : "node-a");
        network.isolate(host, std::chrono::milliseconds{chance.below(20'000)});
        world.trace("{} is cut off", network.name(host));
    }
};

std::uint64_t first_seed() {
    const char* const text = std::getenv("ADIT_FIRST_SEED");
    return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

TEST(TemplateParts, LoseNoBlockAndNoTipWhateverFails) {
    std::size_t confirmed = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 60; ++seed) {
        TemplateParts parts{seed};
        parts.run();
        ASSERT_TRUE(parts.world.violations().empty()) << "seed " << seed << "\n" << parts.story();
        confirmed += parts.confirmed;
    }
    EXPECT_GT(confirmed, 300U);
}

TEST(TemplateParts, DoNotTakeATemplateForUnknownBecauseRedisIsAway) {
    using enum rpc::SolutionError;
    TemplateParts parts{1};
    auto& probe = *parts.probes.front();
    parts.world.run_for(10s);
    const auto primary = parts.redis.primary();
    parts.redis.kill(primary);
    for (std::size_t i = 0; i < parts.pool.size(); ++i) parts.pool.kill(i, false);
    for (std::size_t i = 0; i < parts.pool.size(); ++i) parts.pool.start(i);
    parts.world.run_for(2s);
    // Of a template that Redis alone has by now.
    probe.solve();
    parts.world.run_for(4s);
    EXPECT_EQ(probe.told(unknown_template) + probe.told(incomplete_template), 0U);
    EXPECT_EQ(probe.told(unavailable), 1U);

    parts.redis.start(primary);
    parts.world.run_for(10s);
    EXPECT_EQ(probe.told(unavailable), 0U);
    EXPECT_EQ(probe.confirmed(), 1U);
    EXPECT_TRUE(parts.world.violations().empty()) << parts.story();
}

TEST(TemplateParts, DoTheSameWithTheSameSeed) {
    const auto fingerprint = [] {
        TemplateParts parts{7};
        parts.run();
        return parts.world.fingerprint();
    };
    EXPECT_EQ(fingerprint(), fingerprint());
}

}  // namespace
}  // namespace simulation
