#include "admin/chain_rules.h"

#include "admin/moments.h"
#include "admin/problem_testing.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChainRules : public testing::Test {
  protected:
    ChainRules() {
        service_.set_name("services/template-1");
        service_.set_kind("template");
        service_.set_state(proto::Service::STATE_READY);
        *service_.mutable_start_time() = to_timestamp(now_.unix - 1h);
        node_.set_name("nodes/template-1.core-1");
        node_.set_service("services/template-1");
        node_.set_address("http://10.0.0.1:8332");
        node_.set_is_reachable(true);
        node_.set_verdict(proto::Node::VERDICT_USABLE);
    }
    Findings judge() {
        view_.services.upsert(service_);
        view_.nodes.upsert(node_);
        Findings findings;
        judge_chain(view_, templates_, now_, findings);
        return findings;
    }
    void put_block(proto::Block::State state, std::chrono::seconds age) {
        proto::Block block;
        block.set_name("blocks/00ab");
        block.set_height(7);
        block.set_state(state);
        block.set_user_identity("alice");
        block.set_reason("bad-txns");
        *block.mutable_find_time() = to_timestamp(now_.unix - age);
        view_.blocks.upsert(block);
    }

    Moment now_{base::SteadyTime{1h}, base::UnixMicros{1'700'000'000s}};
    TemplateAge templates_{.is_followed = true, .followed_since = now_.steady, .last = now_.steady};
    proto::Service service_{};
    proto::Node node_{};
    View view_{};
};

TEST_F(ChainRules, FindNothingWrongWithANodeThatIsUsed) {
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ChainRules, NameANodeThatDoesNotAnswerAtOnce) {
    node_.set_is_reachable(false);
    node_.set_verdict(proto::Node::VERDICT_REFUSED);
    node_.set_reason("frozen");
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("node-not-answering"));
    EXPECT_EQ(found[0].raise_after, 0ms);
    EXPECT_EQ(found[0].subject, "nodes/template-1.core-1");
    EXPECT_THAT(found[0].text, HasSubstr("http://10.0.0.1:8332"));
}

TEST_F(ChainRules, GiveAReplicaThatStartsTimeToHearItsNodes) {
    node_.set_is_reachable(false);
    *service_.mutable_start_time() = to_timestamp(now_.unix - 5s);
    EXPECT_EQ(judge()[0].raise_after, 10s);
}

TEST_F(ChainRules, TellRefusedPoorAndBehindApart) {
    node_.set_verdict(proto::Node::VERDICT_REFUSED);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("node-refused"));
    node_.set_verdict(proto::Node::VERDICT_POOR);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("node-poor"));
    node_.set_verdict(proto::Node::VERDICT_USABLE);
    node_.set_blocks_behind(1);
    const auto found = judge();
    EXPECT_THAT(kinds_of(found), ElementsAre("node-behind"));
    EXPECT_EQ(found[0].raise_after, 20s) << "nodes hear of a block some seconds apart";
}

TEST_F(ChainRules, SayNothingOfNodesWhoseReplicaDoesNotAnswer) {
    node_.set_is_reachable(false);
    service_.set_state(proto::Service::STATE_NOT_ANSWERING);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ChainRules, MissATemplate) {
    templates_.last = now_.steady - 119s;
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    templates_.last = now_.steady - 120s;
    auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("template-stale"));
    EXPECT_EQ(found[0].severity, proto::Problem::SEVERITY_WARNING);
    templates_.last = now_.steady - 240s;
    EXPECT_EQ(judge()[0].severity, proto::Problem::SEVERITY_CRITICAL);
    templates_.last.reset();
    templates_.followed_since = now_.steady - 29s;
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    templates_.followed_since = now_.steady - 30s;
    EXPECT_THAT(kinds_of(judge()), ElementsAre("template-stale"));
    templates_.is_followed = false;
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ChainRules, TellOfBlocksThatNobodyTakes) {
    const struct {
        const char* what;
        proto::Block::State state;
        std::chrono::seconds age;
        std::vector<std::string> kinds;
    } cases[] = {
        {"on its way", proto::Block::STATE_FOUND, 9s, {}},
        {"for too long", proto::Block::STATE_FOUND, 10s, {"block-not-taken"}},
        {"taken", proto::Block::STATE_ACCEPTED, 600s, {}},
        {"rejected", proto::Block::STATE_REJECTED, 1s, {"block-not-taken"}},
        {"given up", proto::Block::STATE_GIVEN_UP, 600s, {"block-not-taken"}},
        {"orphaned", proto::Block::STATE_ORPHANED, 600s, {"block-orphaned"}},
        {"of yesterday", proto::Block::STATE_REJECTED, 86'400s, {}},
    };
    for (const auto& [what, state, age, kinds] : cases) {
        SCOPED_TRACE(what);
        put_block(state, age);
        EXPECT_EQ(kinds_of(judge()), kinds);
    }
}

}  // namespace
}  // namespace admin
