#include "admin/console_api.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using testing::HasSubstr;
using testing::Not;

proto::Worker worker(const std::string& identity, const std::string& name, double rate) {
    proto::Worker out;
    out.set_name("identities/" + identity + "/workers/" + name);
    out.set_identity(identity);
    out.set_worker(name);
    out.mutable_hash_rates()->set_last_5_minutes(rate);
    return out;
}

class AConsoleApi : public testing::Test {
  protected:
    AConsoleApi() {
        view_.workers.upsert(worker("alice", "s19", 3));
        view_.workers.upsert(worker("alice", "s21", 1));
        view_.workers.upsert(worker("bob", "alices-old", 2));
    }
    WebReply ask(std::string_view path, std::string_view query = "", bool accepts_gzip = false) {
        auto reply = ConsoleApi{view_, history_}.answer(
            {.path = path, .query = query, .accepts_gzip = accepts_gzip});
        EXPECT_TRUE(reply) << path;
        return reply.value_or(WebReply{});
    }
    View view_;
    HistorySource history_;
};

TEST_F(AConsoleApi, ListsWorkersByPagesInTheOrderAskedFor) {
    const auto reply = ask("/api/workers", "order_by=hash_rates.last_5_minutes+desc&page_size=2");
    EXPECT_EQ(reply.content_type, "application/json");
    EXPECT_THAT(reply.body, HasSubstr("\"total_size\":3"));
    EXPECT_THAT(reply.body, HasSubstr("\"next_page_token\":\""));
    EXPECT_LT(reply.body.find("s19"), reply.body.find("alices-old"));
    EXPECT_THAT(reply.body, Not(HasSubstr("s21")));
}

TEST_F(AConsoleApi, SearchesInIdentitiesAndWorkers) {
    EXPECT_THAT(ask("/api/workers", "search=alice").body, HasSubstr("\"total_size\":3"));
    EXPECT_THAT(ask("/api/workers", "search=s2").body, HasSubstr("\"total_size\":1"));
    EXPECT_THAT(ask("/api/workers", "search=alice&filter=hash_rates.last_5_minutes+%3E+1").body,
                HasSubstr("\"total_size\":2"));
}

TEST_F(AConsoleApi, TakesWhatIsSearchedForAsTextAndNotAsAFilter) {
    for (const auto* text : {"%22+OR+name+%3A+%22", "%5C", "%5C%22", "a%22%29+OR+%28"}) {
        const auto reply = ask("/api/workers", std::string{"search="} + text);
        EXPECT_EQ(reply.status, 200U) << text << reply.body;
        EXPECT_THAT(reply.body, Not(HasSubstr("alice"))) << text;
    }
}

TEST_F(AConsoleApi, SaysWhatOfAQuestionItDoesNotUnderstand) {
    for (const auto* query : {"filter=nonsense+%3D+1", "order_by=nonsense", "page_token=zz",
                              "page_size=many", "page_size=-1"}) {
        const auto reply = ask("/api/workers", query);
        EXPECT_EQ(reply.status, 400U) << query;
        EXPECT_THAT(reply.body, testing::StartsWith("{\"error\":\"")) << query;
    }
}

TEST_F(AConsoleApi, FindsAWorkerByItsNameWithItsChannels) {
    proto::Channel channel;
    channel.set_name("channels/0000000000000001");
    channel.set_user_identity("alice.s19");
    view_.channels.upsert(channel);
    channel.set_name("channels/0000000000000002");
    channel.set_user_identity("alice.s21");
    view_.channels.upsert(channel);
    EXPECT_THAT(ask("/api/worker", "name=identities/alice/workers/s19").body, HasSubstr("s19"));
    const auto channels =
        ask("/api/worker/channels", "name=identities%2Falice%2Fworkers%2Fs19").body;
    EXPECT_THAT(channels, HasSubstr("0000000000000001"));
    EXPECT_THAT(channels, Not(HasSubstr("0000000000000002")));
    EXPECT_EQ(ask("/api/worker", "name=identities/alice/workers/none").status, 404U);
    EXPECT_EQ(ask("/api/worker").status, 404U);
}

TEST_F(AConsoleApi, PacksLongAnswersForWhoTakesThat) {
    for (int i = 0; i < 40; ++i) view_.workers.upsert(worker("carol", std::to_string(i), 1));
    EXPECT_FALSE(ask("/api/workers").is_gzip);
    EXPECT_TRUE(ask("/api/workers", "", true).is_gzip);
    EXPECT_FALSE(ask("/api/nodes", "", true).is_gzip);
}

TEST_F(AConsoleApi, TellsHistoriesOfTheWindowAskedFor) {
    history_.pool = [](std::chrono::seconds window) {
        ShownHistory out{.step = std::chrono::seconds{1}};
        out.points.resize(static_cast<std::size_t>(window.count()));
        return out;
    };
    EXPECT_THAT(ask("/api/pool/history", "window=600s&points=300").body,
                HasSubstr("{\"step\":\"2s\",\"points\":["));
    for (const auto* window : {"0s", "25h", "600", "-5m"})
        EXPECT_EQ(ask("/api/pool/history", std::string{"window="} + window).status, 400U) << window;
    EXPECT_EQ(ask("/api/worker/history", "name=x").status, 404U);
    EXPECT_EQ(ask("/api/worker/history", "name=identities/alice/workers/s19").status, 200U);
}

TEST_F(AConsoleApi, KnowsNoOtherPaths) {
    EXPECT_FALSE(ConsoleApi(view_, {}).answer({.path = "/api/secrets"}));
}

TEST(Thinned, JoinsNeighboursAndKeepsTheNewestWhole) {
    ShownHistory history{.step = std::chrono::seconds{1}};
    for (int i = 0; i < 7; ++i) {
        proto::HistoryPoint point;
        point.mutable_start_time()->set_seconds(i);
        point.set_hash_rate(i);
        point.set_convergence(i == 2 ? 0 : 2);
        (*point.mutable_rejected_per_minute_by_reason())["stale-share"] = 4;
        history.points.push_back(point);
    }
    const auto thin = thinned(history, 3);
    EXPECT_EQ(thin.step, std::chrono::seconds{3});
    ASSERT_EQ(thin.points.size(), 2U);
    EXPECT_EQ(thin.points[0].start_time().seconds(), 1);
    EXPECT_DOUBLE_EQ(thin.points[0].hash_rate(), 2);
    // A step of which nothing is known counts for nothing.
    EXPECT_DOUBLE_EQ(thin.points[0].convergence(), 2);
    EXPECT_DOUBLE_EQ(thin.points[1].hash_rate(), 5);
    EXPECT_NEAR(thin.points[1].rejected_per_minute_by_reason().at("stale-share"), 4, 1e-9);
    EXPECT_EQ(thinned(history, 7).points.size(), 7U);
}

}  // namespace
}  // namespace admin
