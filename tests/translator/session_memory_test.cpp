#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "base/hex.h"
#include "base/random.h"
#include "service/metrics.h"
#include "sv1/parser.h"
#include "translator/hasher_testing.h"
#include "translator/miner_context.h"
#include "translator/miner_session.h"

// This program counts what it allocates: what a miner costs, and that a share allocates nothing.
namespace {

std::size_t live_bytes = 0;
std::size_t allocations = 0;

void* counted(std::size_t size) {
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) std::abort();
    ++allocations;
    live_bytes += ::malloc_usable_size(memory);
    return memory;
}
void uncounted(void* memory) {
    if (memory != nullptr) live_bytes -= ::malloc_usable_size(memory);
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    uncounted(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    uncounted(memory);
}

namespace translator {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t miners_count = 200;
constexpr std::size_t jobs_count = 20;
constexpr std::size_t shares_count = 100;
constexpr std::size_t bytes_max = 8 * 1024;

/// Grants every channel, and takes shares without keeping them.
class QuietPools final : public Channels {
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
        return {};
    }
    std::optional<std::size_t> extranonce_size() const override { return {}; }
    bool is_served() const override { return true; }
    base::SteadyTime unserved_since() const override { return {}; }

    std::vector<ChannelListener*> listeners{};
    std::size_t size{8};
    std::uint64_t shares{};
};

class QuietOutlet final : public MinerOutlet {
  public:
    std::string& lines() override { return text; }
    void flush_soon() override {}
    bool is_backed_up() const override { return false; }
    void close(std::string_view reason) override { FAIL() << reason; }
    std::string text{};
};

bitcoin::Target easy() {
    auto target = bitcoin::target_max();
    target.value.bytes[31] = 0x0f;
    return target;
}

class SessionMemory : public ::testing::Test {
  protected:
    SessionMemory() {
        prefix_->resize(4);
        said_.reserve(64 * 1024);
    }

    /// What the miners keep of it; what they said is taken away.
    template <class Act>
    void by_miners(Act act) {
        const auto before = live_bytes;
        act();
        said_.assign(outlet_.text);
        std::string{}.swap(outlet_.text);
        kept_ += live_bytes - before;
    }
    std::vector<std::string> said() const {
        std::vector<std::string> lines;
        std::istringstream text{said_};
        for (std::string line; std::getline(text, line);) lines.push_back(line);
        return lines;
    }
    void say(MinerSession& session, std::string_view line) {
        const auto message = parser_.parse(line);
        ASSERT_TRUE(message) << line;
        by_miners([&] { session.on_line(*message); });
        hasher_->read(said());
    }
    void add_miner() {
        hasher_ = std::make_unique<testing::Hasher>();
        pools_.listeners.reserve(pools_.listeners.size() + 1);
        by_miners([&] {
            miners_.push_back(std::make_unique<MinerSession>(context_, outlet_, "192.0.2.7:50000"));
        });
        auto& session = *miners_.back();
        say(session, R"({"id":0,"method":"mining.configure","params":[["version-rolling"],{}]})");
        say(session, R"({"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]})");
        say(session,
            R"({"id":2,"method":"mining.authorize","params":["an.account.and.its.worker","x"]})");
        by_miners([&] {
            pools_.listeners.back()->on_terms(
                {.extranonce_prefix = prefix_, .extranonce_size = pools_.size, .target = easy()});
        });
        hasher_->read(said());
    }
    ActiveJob next_job() {
        auto parts = std::make_shared<JobParts>();
        parts->may_roll_version = true;
        parts->coinbase_prefix.resize(110);
        parts->coinbase_suffix.resize(150);
        parts->merkle_path.resize(12);
        return {.id = ++last_job_,
                .parts = parts,
                .tip = tip_,
                .min_ntime = tip_->min_ntime,
                .target = easy(),
                .extranonce_prefix = prefix_,
                .extranonce_size = pools_.size,
                .is_clean = last_job_ == 1};
    }
    void give_job(ChannelListener& miner, const ActiveJob& job) {
        by_miners([&] { miner.on_job(job); });
        hasher_->read(said());
    }
    void find_share(MinerSession& session, ChannelListener& listener) {
        const auto found = hasher_->find(hasher_->job(), "an.account.and.its.worker", 0);
        say(session, found.line);
        by_miners([&] {
            listener.on_verdict({pools_.shares}, Verdict::accepted, {});
            clock_.advance(2s);
            context_.on_time();
        });
    }

    base::ManualClock clock_{};
    base::SeededRandom random_{7};
    service::Registry registry_{"translator", "test"};
    MinerMetrics metrics_{registry_};
    MinerSettings settings_{};
    QuietPools pools_{};
    QuietOutlet outlet_{};
    sv1::Parser parser_{};
    std::unique_ptr<testing::Hasher> hasher_{};
    std::shared_ptr<base::Bytes> prefix_{std::make_shared<base::Bytes>()};
    std::shared_ptr<const Tip> tip_{
        std::make_shared<const Tip>(Tip{.nbits = 0x1d00ffff, .min_ntime = 1'700'000'000})};
    MinerContext context_{pools_, settings_, metrics_, random_, clock_};
    std::vector<std::unique_ptr<MinerSession>> miners_{};
    std::string said_{};
    std::size_t kept_{};
    std::uint64_t last_job_{};
};

TEST_F(SessionMemory, AMinerWithTwentyJobsAndAHundredSharesTakesLessThan8KiB) {
    std::vector<ActiveJob> jobs;
    for (std::size_t i = 0; i < jobs_count; ++i) jobs.push_back(next_job());
    miners_.reserve(miners_count + 1);
    const auto live = [&] {
        add_miner();
        auto& listener = *pools_.listeners.back();
        const auto idle = kept_;
        for (const auto& job : jobs) give_job(listener, job);
        const auto with_jobs = kept_;
        for (std::size_t i = 0; i < shares_count; ++i) find_share(*miners_.back(), listener);
        return std::array{idle, with_jobs, kept_};
    };
    live();  // what is there once and for all
    const auto first = kept_;
    std::array<std::size_t, 3> kept{};
    for (std::size_t i = 0; i < miners_count; ++i) {
        const auto before = kept_;
        const auto now = live();
        for (std::size_t stage = 0; stage < kept.size(); ++stage)
            kept[stage] += now[stage] - before;
    }
    std::printf(
        "bytes of a miner: %zu when authorized, %zu with %zu jobs, %zu with %zu shares; by "
        "its own account %zu\n",
        kept[0] / miners_count, kept[1] / miners_count, jobs_count, kept[2] / miners_count,
        shares_count, miners_.back()->memory());
    EXPECT_GT(kept_, first);
    EXPECT_EQ(metrics_.shares_accepted.value(), (miners_count + 1) * shares_count);
    EXPECT_LT(kept[2] / miners_count, bytes_max);
    EXPECT_NEAR(static_cast<double>(miners_.back()->memory()),
                static_cast<double>(kept[2] / miners_count), 1024);
}

TEST_F(SessionMemory, AShareAllocatesNothing) {
    const auto job = next_job();
    add_miner();
    auto& session = *miners_.back();
    auto& listener = *pools_.listeners.back();
    give_job(listener, job);
    outlet_.text.reserve(64 * 1024);
    std::size_t counted_shares = 0;
    std::size_t counted_allocations = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto found = hasher_->find(hasher_->job(), "an.account.and.its.worker", 0);
        const auto message = parser_.parse(found.line);
        ASSERT_TRUE(message);
        const auto before = allocations;
        session.on_line(*message);
        listener.on_verdict({pools_.shares}, Verdict::accepted, {});
        clock_.advance(2s);
        context_.on_time();
        outlet_.text.clear();
        // The first of them make room for hashes and deadlines.
        if (i < 600) continue;
        counted_allocations += allocations - before;
        ++counted_shares;
    }
    EXPECT_EQ(metrics_.shares_accepted.value(), 1000U);
    // A deque of deadlines takes a block for each 21 of them.
    EXPECT_LE(counted_allocations, counted_shares / 20 + 1);
}

}  // namespace
}  // namespace translator
