#include "template/node_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace templates {
namespace {

using namespace std::chrono_literals;
using bitcoin::Network;
using ::testing::HasSubstr;

constexpr base::SteadyTime start{1h};
constexpr base::UnixMicros unix_start{1'700'000'000s};

NodeStatus good_status(std::uint32_t height) {
    return {.is_reachable = true,
            .why = {},
            .software = "/Satoshi:31.0.0/",
            .network = Network::mainnet,
            .tip = {},
            .height = height,
            .header_height = height,
            .tip_time = base::to_unix_seconds(unix_start) - 60,
            .peers = 10,
            .is_initial_download = false,
            .is_pruned = false,
            .clock_offset = 0s};
}

// The nodes a, b and c, at one height, and time.
struct Nodes {
    explicit Nodes(HealthRules asked = default_health_rules(Network::mainnet)) : rules(asked) {
        for (auto* const name : {"a", "b", "c"}) {
            NodeRecord record;
            record.name = name;
            record.status = good_status(100);
            records.push_back(record);
        }
    }
    NodeStatus& status(NodeIndex node) { return *records[node].status; }
    void set_height(NodeIndex node, std::uint32_t height) {
        status(node).height = height;
        status(node).header_height = std::max(height, *status(node).header_height);
    }
    NodeHealth health(NodeIndex node, base::SteadyTime now = start) {
        note_lags(records, rules, now);
        return judge_node(records, node, rules, now, unix_start + (now - start) / 1us * 1us);
    }

    std::vector<NodeRecord> records{};
    HealthRules rules;
};

TEST(NodeHealth, IsGoodWhenNothingIsWrong) {
    Nodes nodes;
    for (const NodeIndex i : {0U, 1U, 2U})
        EXPECT_EQ(nodes.health(i),
                  (NodeHealth{.verdict = Verdict::usable, .cause = Cause::none, .reason = {}}));
}

TEST(NodeHealth, TakesWhatIsNotToldForGood) {
    Nodes nodes;
    nodes.status(0) = {.is_reachable = true};
    EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
}

TEST(NodeHealth, NamesCauseAndCure) {
    const struct {
        const char* when;
        std::function<void(NodeRecord&)> change;
        Verdict verdict;
        Cause cause;
        const char* says;
    } cases[] = {
        {"as configured it cannot serve", [](auto& n) { n.unfit = "refuses our credentials"; },
         Verdict::refused, Cause::unfit, "refuses our credentials"},
        {"it has not answered", [](auto& n) { n.status.reset(); }, Verdict::refused, Cause::unheard,
         "has not answered yet"},
        {"it is asked for the first time", [](auto& n) { n.status = NodeStatus{.height = 100}; },
         Verdict::refused, Cause::unheard, "has not answered yet"},
        {"it is away", [](auto& n) { n.status = NodeStatus{.why = "connection refused"}; },
         Verdict::refused, Cause::unreachable, "connection refused"},
        {"it is of another network", [](auto& n) { n.status->network = Network::signet; },
         Verdict::refused, Cause::wrong_network,
         "is on chain 'signet', configured network is 'main'; cure: name a node of that network"},
        {"it downloads the chain", [](auto& n) { n.status->is_initial_download = true; },
         Verdict::refused, Cause::downloading, "block 100 of 100); cure: wait"},
        {"it has no peers", [](auto& n) { n.status->peers = 0; }, Verdict::refused, Cause::no_peers,
         "health.peers_min = 0"},
        {"it has fewer peers than asked", [](auto& n) { n.status->peers = 2; }, Verdict::poor,
         Cause::few_peers, "has 2 of at least 3 peers"},
        {"it has as many as asked", [](auto& n) { n.status->peers = 3; }, Verdict::usable,
         Cause::none, ""},
        {"its clock is ahead", [](auto& n) { n.status->clock_offset = 61s; }, Verdict::poor,
         Cause::clock_off, "its clock is 61 s ahead of ours; cure: look at the time sync"},
        {"its clock is behind", [](auto& n) { n.status->clock_offset = -61s; }, Verdict::poor,
         Cause::clock_off, "its clock is 61 s behind ours"},
        {"its clock is off by what is allowed", [](auto& n) { n.status->clock_offset = -60s; },
         Verdict::usable, Cause::none, ""},
        {"its clock is an hour off", [](auto& n) { n.status->clock_offset = 3600s; }, Verdict::poor,
         Cause::clock_off, "60 min ahead"},
        {"its clock is more than an hour off", [](auto& n) { n.status->clock_offset = -3601s; },
         Verdict::refused, Cause::clock_off, "60 min behind"},
        {"it lacks two blocks of its headers", [](auto& n) { n.status->header_height = 102; },
         Verdict::usable, Cause::none, ""},
        {"it lacks three blocks of its headers", [](auto& n) { n.status->header_height = 103; },
         Verdict::refused, Cause::headers_ahead,
         "lacks 3 blocks whose headers it has (block 100 of 103); cure: "},
        {"its tip is two hours old", [](auto& n) { n.status->tip_time = 1'700'000'000 - 7200; },
         Verdict::usable, Cause::none, ""},
        {"its tip is older", [](auto& n) { n.status->tip_time = 1'700'000'000 - 7201; },
         Verdict::poor, Cause::old_tip, "its newest block is 2 h old"},
        {"its tip is ahead of our clock", [](auto& n) { n.status->tip_time = 1'700'000'900; },
         Verdict::usable, Cause::none, ""},
        {"its tip was given up", [](auto& n) { n.is_on_given_up_tip = true; }, Verdict::poor,
         Cause::given_up_tip, "invalidateblock or reconsiderblock"},
    };
    for (const auto& [when, change, verdict, cause, says] : cases) {
        SCOPED_TRACE(when);
        Nodes nodes;
        change(nodes.records[1]);
        const auto health = nodes.health(1);
        EXPECT_EQ(health.verdict, verdict);
        EXPECT_EQ(health.cause, cause);
        EXPECT_THAT(health.reason, HasSubstr(says));
        EXPECT_EQ(health.reason.empty(), verdict == Verdict::usable);
        EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
    }
}

TEST(NodeHealth, RefusesForWhatIsWorstFirst) {
    Nodes nodes;
    nodes.status(0).clock_offset = 61s;
    nodes.status(0).network = Network::testnet4;
    EXPECT_EQ(nodes.health(0).cause, Cause::wrong_network);
    nodes.records[0].unfit = "wrong password";
    EXPECT_EQ(nodes.health(0).cause, Cause::unfit);
}

TEST(NodeHealth, RefusesAtOnceWhoIsTooManyBlocksBehind) {
    Nodes nodes;
    nodes.set_height(1, 102);
    EXPECT_EQ(nodes.health(0).verdict, Verdict::usable) << "two are allowed for a moment";
    nodes.set_height(1, 103);
    const auto health = nodes.health(0);
    EXPECT_EQ(health.verdict, Verdict::refused);
    EXPECT_EQ(health.cause, Cause::behind);
    EXPECT_THAT(health.reason, HasSubstr("is 3 blocks behind b (height 100 of 103)"));
    EXPECT_EQ(nodes.health(1).verdict, Verdict::usable);
    EXPECT_EQ(blocks_behind(nodes.records, 0, nodes.rules), 3U);
    EXPECT_EQ(blocks_behind(nodes.records, 1, nodes.rules), 0U);
}

TEST(NodeHealth, RefusesWhoStaysBehindByLittle) {
    Nodes nodes;
    nodes.set_height(1, 101);
    EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
    EXPECT_EQ(nodes.health(0, start + 2s).verdict, Verdict::usable);
    EXPECT_EQ(nodes.health(0, start + 2001ms).verdict, Verdict::poor);
    EXPECT_EQ(nodes.health(0, start + 60s).verdict, Verdict::poor);
    const auto health = nodes.health(0, start + 60'001ms);
    EXPECT_EQ(health.verdict, Verdict::refused);
    EXPECT_THAT(health.reason, HasSubstr("is 1 block behind b (height 100 of 101) for 60 s"));
    nodes.set_height(0, 101);
    EXPECT_EQ(nodes.health(0, start + 61s).verdict, Verdict::usable);
    nodes.set_height(1, 102);
    EXPECT_EQ(nodes.health(0, start + 62s).verdict, Verdict::usable) << "the time counts anew";
}

TEST(NodeHealth, CallsPoorWhoLacksABlockOfItsHeaders) {
    Nodes nodes;
    nodes.status(0).header_height = 101;
    EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
    EXPECT_EQ(nodes.health(0, start + 2001ms).verdict, Verdict::poor);
    EXPECT_EQ(nodes.health(0, start + 2001ms).cause, Cause::headers_ahead);
    EXPECT_EQ(nodes.health(0, start + 10min).verdict, Verdict::poor) << "the block may be invalid";
}

TEST(NodeHealth, MeasuresByThoseOnlyThatAreFitForIt) {
    const struct {
        const char* when;
        std::function<void(NodeRecord&)> change;
    } cases[] = {
        {"away", [](auto& n) { n.status->is_reachable = false; }},
        {"of another network", [](auto& n) { n.status->network = Network::testnet; }},
        {"downloading", [](auto& n) { n.status->is_initial_download = true; }},
        {"unfit", [](auto& n) { n.unfit = "wrong password"; }},
        {"on a tip that was given up", [](auto& n) { n.is_on_given_up_tip = true; }},
    };
    for (const auto& [when, change] : cases) {
        SCOPED_TRACE(when);
        Nodes nodes;
        nodes.set_height(2, 500);
        EXPECT_EQ(nodes.health(0).verdict, Verdict::refused);
        change(nodes.records[2]);
        EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
    }
}

TEST(NodeHealth, AsksLittleOnRegtest) {
    Nodes nodes{default_health_rules(Network::regtest)};
    auto& status = nodes.status(0);
    status.network = Network::regtest;
    status.peers = 0;
    status.tip_time = 1'300'000'000;
    EXPECT_EQ(nodes.health(0).verdict, Verdict::usable);
    status.is_initial_download = true;
    EXPECT_EQ(nodes.health(0).verdict, Verdict::poor);
    EXPECT_THAT(nodes.health(0).reason, HasSubstr("cure: mine one"));
}

}  // namespace
}  // namespace templates
