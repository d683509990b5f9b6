#include "loadgen/misbehaviour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sv1/parser.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

class MisbehaviourTest : public testing::Test {
  protected:
    std::string say_for(Misbehaviour kind, std::chrono::milliseconds time) {
        return say_for(*misbehaving(kind, "bad", 1000, statistics, random), time);
    }
    std::string say_for(Peer& peer, std::chrono::milliseconds time) {
        std::string out;
        auto now = clock.steady_now();
        const auto until = now + time;
        peer.on_connected(now, out);
        while (peer.due() <= until) {
            now = std::max(now, peer.due());
            peer.on_due(now, out);
        }
        is_reading = peer.is_reading();
        peer.on_lost("closed", now);
        return out;
    }
    const Statistics::Deeds& deeds(const char* kind) { return statistics.hostile.at(kind); }

    base::ManualClock clock{};
    base::SeededRandom random{3};
    Statistics statistics{clock.steady_now()};
    bool is_reading = true;
};

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_F(MisbehaviourTest, NeverReadsGoesOnAsking) {
    const auto said = say_for(Misbehaviour::never_reads, 10s);
    EXPECT_FALSE(is_reading);
    EXPECT_EQ(lines_of(said), 2 + 4 * 500U);
    EXPECT_EQ(deeds("never-reads").connections, 1U);
    EXPECT_EQ(deeds("never-reads").closed, 1U);
}

TEST_F(MisbehaviourTest, NobodyGathersWithoutEnd) {
    EXPECT_LT(say_for(Misbehaviour::never_reads, 1h).size(), 300'000U);
    EXPECT_LT(say_for(Misbehaviour::floods, 1h).size(), 300'000U);
}

TEST_F(MisbehaviourTest, HalfLinesEndInTheMiddleOfTheFifth) {
    const auto said = say_for(Misbehaviour::half_lines, 1h);
    EXPECT_EQ(lines_of(said), 4U);
    EXPECT_NE(said.back(), '\n');
    EXPECT_THAT(said, testing::HasSubstr("mining.subscribe"));
}

TEST_F(MisbehaviourTest, AFloodHasItsRateAndEveryOtherOneGarbage) {
    const auto peer = misbehaving(Misbehaviour::floods, "bad", 1000, statistics, random);
    sv1::Parser parser;
    const auto flood = [&] {
        const auto said = say_for(*peer, 2s);
        EXPECT_NEAR(static_cast<double>(lines_of(said)), 2000, 50);
        std::size_t bad = 0;
        for (std::size_t at = 0; at < said.size();) {
            const auto end = said.find('\n', at);
            bad += parser.parse(std::string_view{said}.substr(at, end - at)) ? 0U : 1U;
            at = end + 1;
        }
        return bad;
    };
    EXPECT_EQ(flood(), 0U);
    EXPECT_NEAR(static_cast<double>(flood()), 400, 100);
    EXPECT_EQ(flood(), 0U);
}

TEST_F(MisbehaviourTest, SilentSaysNothing) {
    EXPECT_EQ(say_for(Misbehaviour::silent, 1h), "");
    EXPECT_EQ(deeds("silent").connections, 1U);
}

}  // namespace
}  // namespace loadgen
