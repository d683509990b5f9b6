#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "translator/pool_channels.h"
#include "translator/pool_testing.h"

namespace translator {

using namespace std::chrono_literals;

/// A miner: keeps what it is told, and holds whoever tells it to their word.
class Miner final : public ChannelListener {
  public:
    void on_terms(const ChannelTerms& now) override {
        EXPECT_FALSE(is_in_call && *is_in_call) << "told from within a call";
        terms = now;
        ++terms_told;
        job.reset();
    }
    void on_job(const ActiveJob& now) override {
        EXPECT_TRUE(terms) << "a job before the terms";
        if (!job) {
            EXPECT_TRUE(now.is_clean) << "the first job of a channel is clean";
        }
        EXPECT_GT(now.id, last_job) << "ids only grow";
        EXPECT_EQ(now.extranonce_prefix == nullptr ? base::Bytes{} : *now.extranonce_prefix,
                  *terms->extranonce_prefix);
        EXPECT_EQ(now.extranonce_size, terms->extranonce_size);
        last_job = now.id;
        job = now;
        ++jobs;
        if (on_each_job) on_each_job();
    }
    void on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) override {
        EXPECT_FALSE(is_in_call && *is_in_call) << "told from within a call";
        EXPECT_TRUE(tickets.insert(ticket.value).second) << "one verdict a share";
        verdicts.push_back(verdict);
        last_code = code;
    }
    void on_interrupted() override {
        EXPECT_FALSE(is_in_call && *is_in_call) << "told from within a call";
        EXPECT_TRUE(terms) << "interrupted while it was";
        terms.reset();
        job.reset();
        ++interruptions;
    }
    void on_refused(std::string_view code) override {
        EXPECT_FALSE(is_in_call && *is_in_call) << "told from within a call";
        refused = code;
        terms.reset();
        job.reset();
    }

    ChannelHandle channel{};
    std::optional<ChannelTerms> terms{};
    std::optional<ActiveJob> job{};
    std::vector<Verdict> verdicts{};
    std::string last_code{};
    std::string refused{};
    int terms_told = 0;
    int jobs = 0;
    int interruptions = 0;
    std::uint64_t last_job = 0;
    std::set<std::uint64_t> tickets{};
    std::function<void()> on_each_job{};
    const bool* is_in_call = nullptr;
};

/// Two fake pools, a clock that is wound by hand, and miners.
class PoolChannelsTest : public testing::Test {
  protected:
    static constexpr std::uint16_t first_port = 1'001;
    static constexpr std::uint16_t second_port = 1'002;

    ~PoolChannelsTest() override {
        channels.reset();
        loop.restart();
        loop.poll();
    }

    static PoolSettings pool_at(std::uint16_t port, std::string identity = "{user}") {
        return {.url = {.host = "pool", .port = port, .authority = {}},
                .user_identity = std::move(identity),
                .connections = 2};
    }
    void start(PoolsSettings settings) {
        dialer.pools = {{first_port, &first}, {second_port, &second}};
        channels.emplace(PoolChannels::Parts{.loop = loop,
                                             .clock = clock,
                                             .random = random,
                                             .dialer = dialer,
                                             .registry = registry},
                         std::move(settings));
        channels->on_tick();
        turn();
    }
    void start_with_one() { start({.pools = {pool_at(first_port)}}); }
    void start_with_two() { start({.pools = {pool_at(first_port), pool_at(second_port)}}); }

    /// All that is to happen now.
    void turn() {
        loop.restart();
        loop.poll();
    }
    void run_for(std::chrono::milliseconds time) {
        for (; time.count() > 0; time -= PoolChannels::tick_interval) {
            clock.advance(PoolChannels::tick_interval);
            channels->on_tick();
            turn();
        }
    }
    Miner& add_miner(const std::string& user = "alice.rig") {
        auto& miner = miners.emplace_back();
        miner.is_in_call = &is_in_call;
        is_in_call = true;
        miner.channel = channels->open({.user = user,
                                        .nominal_hash_rate_hps = 1e12,
                                        .max_target = bitcoin::target_max(),
                                        .min_extranonce_size = 8},
                                       miner);
        is_in_call = false;
        return miner;
    }
    void add_miners(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) add_miner();
        turn();
    }
    std::optional<ShareTicket> submit(Miner& miner, const ActiveJob& job, std::uint32_t nonce = 1) {
        const base::Bytes extranonce(job.extranonce_size, std::byte{1});
        is_in_call = true;
        const auto ticket = channels->submit(miner.channel, {.job_id = job.id,
                                                             .nonce = nonce,
                                                             .ntime = job.min_ntime,
                                                             .version = job.parts->version,
                                                             .extranonce = extranonce,
                                                             .worker = "rig"});
        is_in_call = false;
        return ticket;
    }
    std::size_t mining() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            miners, [](const Miner& miner) { return miner.job.has_value(); }));
    }
    int interruptions() const {
        int count = 0;
        for (const auto& miner : miners) count += miner.interruptions;
        return count;
    }
    std::uint64_t counted(service::Family<service::Counter>& family,
                          std::vector<std::string> labels) {
        return family.with(std::move(labels)).value();
    }

    boost::asio::io_context loop{};
    base::ManualClock clock{};
    base::SeededRandom random{7};
    service::Registry registry{"translator", "test"};
    FakePool first{};
    FakePool second{};
    FakeDialer dialer{loop};
    bool is_in_call = false;
    std::deque<Miner> miners{};
    std::optional<PoolChannels> channels{};
};

}  // namespace translator
