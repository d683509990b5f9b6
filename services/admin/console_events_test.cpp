#include "admin/console_events.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Page final : EventStream {
    bool send(std::shared_ptr<const std::string> text) override {
        if (is_here) said += *text;
        return is_here;
    }
    bool is_open() const override { return is_here; }
    void close() override { is_here = false; }
    std::string said{};
    bool is_here = true;
};

proto::Worker worker(const std::string& name, double rate) {
    proto::Worker out;
    out.set_name("identities/" + name + "/workers/rig");
    out.set_identity(name);
    out.mutable_hash_rates()->set_last_minute(rate);
    return out;
}

class Events : public testing::Test {
  protected:
    std::shared_ptr<Page> open(const std::string& query) {
        auto page = std::make_shared<Page>();
        const auto reply = events_.open({.query = query});
        EXPECT_TRUE(reply.on_stream);
        if (reply.on_stream) reply.on_stream(page);
        return page;
    }
    static std::string rest(Page& page) { return std::exchange(page.said, ""); }

    boost::asio::io_context loop_;
    View view_;
    base::ManualClock clock_;
    ConsoleEvents events_{loop_, view_, clock_, 1};
};

TEST_F(Events, TellANewPageAllAtOnceAndThenWhatIsNew) {
    view_.pool.set_channels(3);
    auto page = open("");
    const auto begin = rest(*page);
    EXPECT_THAT(begin, testing::StartsWith("retry: 2000\n\n"));
    EXPECT_THAT(begin, HasSubstr("\"channels\":3"));
    EXPECT_THAT(begin, HasSubstr("event: problems\ndata: {\"all\":true,\"rows\":[]}"));
    view_.pool.set_channels(4);
    events_.tick();
    const auto next = rest(*page);
    EXPECT_THAT(next, HasSubstr("\"channels\":4"));
    EXPECT_THAT(next, Not(HasSubstr("event: problems")));
}

TEST_F(Events, TellOfTheRowsThatAPageShowsThoseThatHaveChanged) {
    view_.workers.upsert(worker("alice", 1));
    view_.workers.upsert(worker("bob", 2));
    view_.workers.upsert(worker("carol", 3));
    auto page = open("row=identities/alice/workers/rig&row=identities%2Fbob%2Fworkers%2Frig");
    const auto begin = rest(*page);
    EXPECT_THAT(begin, HasSubstr("identities/alice"));
    EXPECT_THAT(begin, HasSubstr("identities/bob"));
    EXPECT_THAT(begin, Not(HasSubstr("carol")));
    view_.workers.upsert(worker("bob", 5));
    events_.tick();
    const auto next = rest(*page);
    EXPECT_THAT(next, HasSubstr("\"last_minute\":5"));
    EXPECT_THAT(next, Not(HasSubstr("alice")));
    view_.workers.erase("identities/alice/workers/rig");
    events_.tick();
    EXPECT_THAT(rest(*page), HasSubstr(R"("removed":["identities/alice/workers/rig"])"));
    events_.tick();
    EXPECT_THAT(rest(*page), Not(HasSubstr("event: rows")));
}

TEST_F(Events, TellRowsAFewKilobytesASecondEachInItsTurn) {
    std::string query;
    for (int i = 0; i < 150; ++i) {
        const auto name = "miner-" + std::to_string(i);
        view_.workers.upsert(worker(name, 1));
        query += "&row=identities/" + name + "/workers/rig";
    }
    auto page = open(query.substr(1));
    std::string all;
    for (int second = 0; second < 30; ++second) {
        EXPECT_LE(page->said.size(), 5000U);
        all += rest(*page);
        events_.tick();
    }
    for (int i = 0; i < 150; ++i)
        EXPECT_THAT(all, HasSubstr("identities/miner-" + std::to_string(i) + "/"));
}

TEST_F(Events, ForgetAPageThatIsGoneAndRefuseMoreThanTheyCanServe) {
    std::vector<std::shared_ptr<Page>> pages;
    for (std::size_t i = 0; i < ConsoleEvents::browsers_max; ++i) pages.push_back(open(""));
    EXPECT_EQ(events_.open({}).status, 503U);
    pages.front()->is_here = false;
    EXPECT_EQ(events_.open({}).status, 200U);
    events_.close();
    EXPECT_FALSE(pages.back()->is_here);
    EXPECT_EQ(events_.open({}).status, 503U);
}

}  // namespace
}  // namespace admin
