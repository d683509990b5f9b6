#include "loadgen/sv1_miner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "bitcoin/sha256.h"
#include "sv1/difficulty.h"
#include "sv1/notifications.h"
#include "sv1/responses.h"
#include "sv1/testing.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Of a share in about 43 hashes.
constexpr double difficulty = 1e-8;

class Sv1MinerTest : public testing::Test {
  protected:
    Sv1MinerTest() { plan.user = "soak.1"; }

    void make() { miner.emplace(context, plan, clock.steady_now()); }
    void connect() {
        if (!miner) make();
        miner->on_connecting(clock.steady_now());
        miner->on_connected(clock.steady_now(), out);
    }
    std::vector<std::string> said() {
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < out.size();) {
            const auto end = out.find('\n', at);
            lines.push_back(out.substr(at, end - at));
            at = end + 1;
        }
        out.clear();
        return lines;
    }
    std::vector<std::string> methods() {
        std::vector<std::string> names;
        for (const auto& line : said()) names.emplace_back(request(line).method);
        return names;
    }
    sv1::Request request(const std::string& line) { return sv1::testing::request(parser, line); }

    Peer::Wish tell(const std::string& lines) {
        auto bytes = base::to_bytes(lines);
        return miner->on_bytes(bytes, clock.steady_now(), out);
    }
    void answer(std::uint64_t id, bool result) {
        std::string line;
        sv1::append_result(sv1::Id::of(id), result, line);
        tell(line);
    }
    void subscribed(std::uint64_t id, std::uint8_t extranonce1 = 1) {
        const std::array extranonce{std::byte{0}, std::byte{extranonce1}};
        std::string line;
        sv1::append_subscribed(
            sv1::Id::of(id), {.session_id = "s1", .extranonce1 = extranonce, .extranonce2_size = 8},
            line);
        tell(line);
    }
    void tell_difficulty(double value) {
        std::string line;
        sv1::append_call(sv1::SetDifficulty{value}, line);
        tell(line);
    }
    void notify(std::string_view id, bool is_clean, std::uint8_t block = 0) {
        bitcoin::Uint256 prev_hash;
        prev_hash.bytes[0] = block;
        std::string line;
        sv1::append_call(sv1::Notify{.job_id = id,
                                     .prev_hash = prev_hash,
                                     .coinbase1 = base::as_bytes("one"),
                                     .coinbase2 = base::as_bytes("two"),
                                     .version = 0x20000000,
                                     .nbits = 0x207fffff,
                                     .ntime = 1'700'000'000,
                                     .clean_jobs = is_clean},
                         line);
        tell(line);
    }
    /// Of the style that neither waits nor rolls anything but versions, which were not granted.
    void mine() {
        plan.style = &sv1_style(1);
        connect();
        said();
        subscribed(2);
        answer(3, true);
        tell_difficulty(difficulty);
        notify("a", true);
    }
    /// Lets time go by; returns what was submitted.
    std::vector<std::string> mine_for(std::chrono::milliseconds time) {
        const auto until = clock.steady_now() + time;
        while (miner->due() <= until) {
            if (miner->due() > clock.steady_now())
                clock.advance(std::chrono::ceil<std::chrono::microseconds>(miner->due() -
                                                                           clock.steady_now()));
            if (miner->on_due(clock.steady_now(), out) == Peer::Wish::leave) {
                has_left = true;
                break;
            }
        }
        return said();
    }
    const ShareCounts& counts(Intent intent = Intent::honest) { return statistics.shares[intent]; }

    base::ManualClock clock{};
    base::SeededRandom random{7};
    Journal journal{"", clock};
    Statistics statistics{clock.steady_now()};
    Sv1Context context{.journal = journal, .statistics = statistics, .random = random};
    Sv1Plan plan{.hash_rate_hps = 430};
    std::optional<Sv1Miner> miner{};
    sv1::Parser parser{};
    std::string out{};
    bool has_left = false;
};

using Lines = std::vector<std::string>;

TEST_F(Sv1MinerTest, WaitsForEachAnswerWhereItsFirmwareDoes) {
    plan.style = &sv1_style(0);
    connect();
    EXPECT_EQ(methods(), Lines{"mining.configure"});
    tell(
        R"({"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null})"
        "\n");
    EXPECT_EQ(methods(), Lines{"mining.subscribe"});
    subscribed(2);
    EXPECT_EQ(methods(), Lines{"mining.authorize"});
    answer(3, true);
    EXPECT_EQ(methods(), Lines{"mining.extranonce.subscribe"});
    EXPECT_FALSE(miner->is_working());
}

TEST_F(Sv1MinerTest, SaysAllAtOnceWhereItsFirmwareDoes) {
    plan.style = &sv1_style(1);
    plan.suggested_difficulty = 0.5;
    connect();
    EXPECT_EQ(methods(), (Lines{"mining.configure", "mining.subscribe", "mining.authorize",
                                "mining.suggest_difficulty"}));
}

TEST_F(Sv1MinerTest, SaysADifficultyInItsPasswordWhereItsFirmwareDoes) {
    plan.style = &sv1_style(4);
    plan.suggested_difficulty = 4.5e-8;
    connect();
    said();
    subscribed(1);
    EXPECT_THAT(said().at(0), HasSubstr(R"("d=0.000000045")"));
}

TEST_F(Sv1MinerTest, FindsSharesAsItsHashRateHasIt) {
    mine();
    const auto shares = mine_for(100s);
    // 430 hashes a second at one share in 43.
    EXPECT_GT(shares.size(), 900U);
    EXPECT_LT(shares.size(), 1100U);
    EXPECT_EQ(counts().submitted, shares.size());
    EXPECT_EQ(counts().waiting(), shares.size());
}

TEST_F(Sv1MinerTest, EveryShareMeetsWhatItWasTold) {
    mine();
    const auto shares = mine_for(10s);
    ASSERT_FALSE(shares.empty());
    for (const auto& line : shares) {
        const auto submit = sv1::testing::call<sv1::Submit>(parser, line);
        EXPECT_EQ(submit.worker, "soak.1");
        EXPECT_EQ(submit.job_id, "a");
        EXPECT_FALSE(submit.version_bits);
        bitcoin::Sha256 coinbase;
        const std::array extranonce1{std::byte{0}, std::byte{1}};
        coinbase.update(base::as_bytes("one")).update(extranonce1);
        coinbase.update(submit.extranonce2.view()).update(base::as_bytes("two"));
        const auto hash =
            bitcoin::header_hash(bitcoin::Header{.version = 0x20000000,
                                                 .merkle_root = coinbase.double_digest(),
                                                 .ntime = submit.ntime,
                                                 .nbits = 0x207fffff,
                                                 .nonce = submit.nonce});
        EXPECT_TRUE(sv1::target_of(difficulty).is_met_by(hash));
    }
}

TEST_F(Sv1MinerTest, ADifficultyIsInForceFromTheNextJobOn) {
    mine();
    clock.advance(3s);
    tell_difficulty(difficulty * 10);
    EXPECT_GT(mine_for(10s).size(), 50U);
    notify("b", false);
    EXPECT_LT(mine_for(10s).size(), 25U);
    const auto& record = statistics.miners.front();
    EXPECT_EQ(record.target_changes, 1U);
    EXPECT_EQ(record.first_difficulty, difficulty);
    EXPECT_EQ(record.last_difficulty, difficulty * 10);
    EXPECT_TRUE(statistics.odd.empty());
}

TEST_F(Sv1MinerTest, CountsChangesOfItsDifficultyThatLeadAway) {
    plan.fitting_difficulty = difficulty * 4;
    mine();
    tell_difficulty(difficulty * 20);
    notify("as it suggested", false);
    tell_difficulty(difficulty);
    notify("and back", false);
    clock.advance(3s);
    const std::array told{difficulty * 3, difficulty * 5, difficulty * 7, difficulty * 4,
                          difficulty * 4};
    for (std::size_t i = 0; i < told.size(); ++i) {
        tell_difficulty(told[i]);
        notify("job " + std::to_string(i), false);
    }
    EXPECT_EQ(statistics.miners.front().target_changes, 4U);
    EXPECT_EQ(statistics.miners.front().target_changes_away, 1U) << "a fifth is chance";
}

TEST_F(Sv1MinerTest, CountsAnswersByWhatTheySay) {
    mine();
    const auto sent = mine_for(1s).size();
    ASSERT_GE(sent, 3U);
    clock.advance(20ms);
    answer(4, true);
    tell(R"({"id":5,"result":null,"error":[21,"Job not found",null]})"
         "\n");
    EXPECT_EQ(counts().accepted, 1U);
    EXPECT_EQ(counts().rejected_by_reason.at("21"), 1U);
    EXPECT_EQ(counts().waiting(), sent - 2);
    EXPECT_EQ(statistics.answers.count(), 2U);
    answer(4, true);
    EXPECT_EQ(statistics.odd.at("an answer to nothing"), 1U);
}

TEST_F(Sv1MinerTest, WhatALostConnectionLeavesIsUnknownAndAGap) {
    mine();
    const auto sent = mine_for(10s).size();
    miner->on_lost("closed by the pool", clock.steady_now());
    EXPECT_EQ(counts().unknown, sent);
    EXPECT_FALSE(miner->is_working());
    EXPECT_EQ(miner->due(), Peer::never);
    clock.advance(3s);
    connect();
    said();
    const auto ids = counts().submitted + 4;
    subscribed(ids + 1);
    answer(ids + 2, true);
    tell_difficulty(difficulty);
    notify("a", true);
    miner->on_end(clock.steady_now());
    const auto& record = statistics.miners.front();
    ASSERT_EQ(record.gaps.size(), 1U);
    EXPECT_EQ(record.gaps[0].kind, Gap::Kind::work);
    EXPECT_GT(record.longest_gap, 12s) << "from its first share without an answer";
    EXPECT_EQ(record.lost, 1U);
}

TEST_F(Sv1MinerTest, ResumesItsSessionWhereItsFirmwareDoes) {
    plan.style = &sv1_style(3);
    connect();
    said();
    subscribed(2);
    miner->on_lost("reset", clock.steady_now());
    connect();
    EXPECT_THAT(said().at(1), HasSubstr(R"("whatsminer/v1","s1")"));
}

TEST_F(Sv1MinerTest, LeavesAndComesBackWhereItIsPlanned) {
    plan.stays = 10s;
    plan.away = 3s;
    mine();
    mine_for(1000s);
    EXPECT_TRUE(has_left);
    miner->on_left(clock.steady_now());
    clock.advance(100s);
    miner->on_connecting(clock.steady_now());
    miner->on_end(clock.steady_now());
    EXPECT_TRUE(statistics.miners.front().gaps.empty()) << "it was its own wish";
}

TEST_F(Sv1MinerTest, BadSharesAreCountedApart) {
    plan.duplicates_every = 5;
    plan.wrong_worker_every = 7;
    mine();
    const auto sent = mine_for(30s).size();
    EXPECT_GT(counts(Intent::duplicate).submitted, 10U);
    EXPECT_GT(counts(Intent::wrong_worker).submitted, 10U);
    EXPECT_EQ(sent, counts().submitted + counts(Intent::duplicate).submitted +
                        counts(Intent::wrong_worker).submitted);
    EXPECT_EQ(statistics.miners.front().shares.submitted, counts().submitted);
}

TEST_F(Sv1MinerTest, FindsAsManySharesAsItIsToldWhereThatIsItsPlan) {
    plan.hash_rate_hps = 0;
    plan.shares_per_second = 5;
    mine();
    EXPECT_NEAR(static_cast<double>(mine_for(200s).size()), 1000, 150);
    tell_difficulty(difficulty * 10);
    notify("b", false);
    EXPECT_NEAR(static_cast<double>(mine_for(200s).size()), 1000, 150);
}

TEST_F(Sv1MinerTest, NoticesWhatAPoolShouldNotDo) {
    mine();
    tell_difficulty(1);
    tell_difficulty(2);
    notify("a", false);
    notify("b", false, 1);
    tell("nonsense\n");
    EXPECT_EQ(statistics.odd.at("two difficulties before one job"), 1U);
    EXPECT_EQ(statistics.odd.at("a job id that was among the last 16"), 1U);
    EXPECT_EQ(statistics.odd.at("a new block without clean_jobs"), 1U);
    EXPECT_EQ(statistics.odd.at("a line that is not SV1"), 1U);
}

TEST_F(Sv1MinerTest, GoesWhereItIsSentAndWaitsAsItIsTold) {
    mine();
    EXPECT_EQ(tell(R"({"id":null,"method":"client.reconnect","params":["",0,5]})"
                   "\n"),
              Peer::Wish::leave);
    EXPECT_EQ(miner->on_left(clock.steady_now()), 5s);
    EXPECT_EQ(statistics.connections_lost, 1U);
}

TEST_F(Sv1MinerTest, GivesUpAPoolThatDoesNotAnswerItsGreeting) {
    connect();
    mine_for(61s);
    EXPECT_TRUE(has_left);
    EXPECT_EQ(statistics.odd.at("no answer to the greeting"), 1U);
}

TEST_F(Sv1MinerTest, AClosedLoopHasSoManySharesWithoutAnAnswer) {
    plan.hash_rate_hps = 0;
    plan.in_flight = 5;
    mine();
    EXPECT_EQ(said().size(), 5U) << "with the work";
    EXPECT_TRUE(mine_for(10s).empty());
    answer(4, true);
    answer(5, true);
    EXPECT_EQ(said().size(), 2U);
    EXPECT_EQ(counts().waiting(), 5U);
    notify("b", true, 1);
    for (std::uint64_t id = 6; id < 9; ++id) answer(id, true);
    const auto shares = said();
    ASSERT_EQ(shares.size(), 3U);
    EXPECT_EQ(sv1::testing::call<sv1::Submit>(parser, shares[0]).job_id, "b");
}

TEST_F(Sv1MinerTest, AClosedLoopIsAsFastAsItsBudgetOfHashes) {
    plan.hash_rate_hps = 0;
    plan.in_flight = 1000;
    context.hashes = HashBudget{430, clock.steady_now()};
    mine();
    const auto shares = said().size() + mine_for(20s).size();
    EXPECT_GT(shares, 120U);
    EXPECT_LT(shares, 300U);
}

TEST_F(Sv1MinerTest, BadSharesAreWhatTheyAreCalled) {
    plan.shares_per_second = 20;
    plan.hash_rate_hps = 0;
    for (const auto intent : intents)
        if (intent != Intent::honest) plan.bad[intent] = 0.1;
    mine();
    mine_for(5s);
    notify("b", true, 1);
    std::map<Intent, std::uint64_t> seen;
    std::set<std::string> all;
    const auto target = sv1::target_of(difficulty);
    for (const auto& line : mine_for(60s)) {
        const auto submit = sv1::testing::call<sv1::Submit>(parser, line);
        const bool is_again = !all.insert(line.substr(line.find("params"))).second;
        const bool is_of_a = submit.job_id == "a";
        bitcoin::Sha256 coinbase;
        const std::array extranonce1{std::byte{0}, std::byte{1}};
        coinbase.update(base::as_bytes("one")).update(extranonce1);
        coinbase.update(submit.extranonce2.view()).update(base::as_bytes("two"));
        bitcoin::Header header{.version = 0x20000000 ^ submit.version_bits.value_or(0),
                               .merkle_root = coinbase.double_digest(),
                               .ntime = submit.ntime,
                               .nbits = 0x207fffff,
                               .nonce = submit.nonce};
        header.prev_hash.value.bytes[0] = is_of_a ? 0 : 1;
        const bool is_met = target.is_met_by(bitcoin::header_hash(header));
        EXPECT_EQ(is_again && is_met, is_again);
        if (is_again) ++seen[Intent::duplicate];
        if (is_of_a) ++seen[Intent::stale_job];
        if (!is_met) ++seen[Intent::low_difficulty];
        if (submit.version_bits) ++seen[Intent::bad_version];
        if (submit.ntime > 1'700'000'000 + 10000) ++seen[Intent::bad_ntime];
        if (submit.job_id != "a" && submit.job_id != "b") ++seen[Intent::bad_job_id];
        if (submit.worker != "soak.1") ++seen[Intent::wrong_worker];
    }
    for (const auto intent : intents) {
        if (intent == Intent::honest) continue;
        SCOPED_TRACE(name_of(intent));
        EXPECT_GT(seen[intent], 50U);
        EXPECT_LE(seen[intent], counts(intent).submitted);
    }
    EXPECT_TRUE(statistics.miners.front().shares.submitted > 0);
}

TEST_F(Sv1MinerTest, SharesAreFoundAheadBeforeAnybodySubmits) {
    plan.shares_per_second = 10;
    plan.hash_rate_hps = 0;
    context.stocking = {.each = 20, .lacking = 2, .until = clock.steady_now() + 1h};
    mine();
    EXPECT_TRUE(mine_for(5s).empty()) << "another miner has none yet";
    EXPECT_EQ(context.stocking.lacking, 1U);
    const auto hashes = statistics.hashes;
    EXPECT_GT(hashes, 200U);
    context.stocking.lacking = 0;
    const auto shares = mine_for(1s).size();
    EXPECT_GE(shares, 3U);
    EXPECT_LE(shares, 20U) << "nothing is caught up with";
    EXPECT_EQ(statistics.hashes, hashes);
}

TEST_F(Sv1MinerTest, KeepsItsJobUntilTheNextBlockWhereToldSo) {
    plan.keeps_jobs = true;
    mine();
    notify("b", false);
    EXPECT_EQ(sv1::testing::call<sv1::Submit>(parser, mine_for(10s).at(0)).job_id, "a");
    notify("c", true, 1);
    EXPECT_EQ(sv1::testing::call<sv1::Submit>(parser, mine_for(10s).at(0)).job_id, "c");
}

TEST_F(Sv1MinerTest, SuggestsADifficultyAfterItsGreetingWhereToldSo) {
    plan.style = &sv1_style(4);
    plan.suggested_difficulty = 1e-9;
    plan.always_suggests = true;
    connect();
    said();
    subscribed(1);
    said();
    answer(2, true);
    EXPECT_EQ(methods(), (Lines{"mining.extranonce.subscribe", "mining.suggest_difficulty"}));
    answer(3, true);
    EXPECT_TRUE(methods().empty()) << "once";
}

TEST_F(Sv1MinerTest, TimesItsFirstWorkAndNewBlocks) {
    mine();
    EXPECT_EQ(statistics.first_work.count(), 1U);
    EXPECT_EQ(statistics.worked, 1U);
    statistics.tips.heard(bitcoin::BlockHash{bitcoin::Uint256{{1}}}, clock.steady_now());
    clock.advance(7ms);
    notify("b", true, 1);
    EXPECT_EQ(statistics.new_block_to_job.max_us(), 7000U);
    miner->on_lost("closed by the pool", clock.steady_now());
    miner->on_connecting(clock.steady_now());
    miner->on_lost("connect: Connection refused", clock.steady_now());
    EXPECT_EQ(statistics.not_connected.at("connect: Connection refused"), 1U);
}

TEST_F(Sv1MinerTest, FindsNoBlocksWhereToldSo) {
    plan.hash_rate_hps = 0;
    plan.in_flight = 50;
    plan.avoids_blocks = true;
    context.hashes = HashBudget{1000, clock.steady_now()};
    mine();
    EXPECT_TRUE(said().empty()) << "each share is a block: regtest's target is easier";
    tell_difficulty(2.4e-10);
    clock.advance(1s);
    notify("b", false);
    EXPECT_EQ(said().size(), 50U);
}

TEST_F(Sv1MinerTest, SubmitsNothingMoreAtTheEnd) {
    mine();
    context.is_ending = true;
    EXPECT_TRUE(mine_for(10s).empty());
}

}  // namespace
}  // namespace loadgen
