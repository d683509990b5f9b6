#include "admin/console_topics.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t boot = 0xabc;
const base::UnixMicros now{std::chrono::seconds{1'700'000'000}};

proto::Problem problem(const std::string& name, proto::Problem::Severity severity,
                       std::int64_t since = 1) {
    proto::Problem out;
    out.set_name(name);
    out.set_severity(severity);
    out.mutable_start_time()->set_seconds(since);
    return out;
}

proto::Service service(const std::string& name) {
    proto::Service out;
    out.set_name(name);
    out.set_state(proto::Service::STATE_READY);
    return out;
}

class AConsole : public testing::Test {
  protected:
    std::string news(ConsoleTopics::Wanted wanted) {
        topics_.look(now);
        return topics_.news(known_, wanted);
    }
    View view_;
    ConsoleTopics topics_{view_, boot};
    ConsoleTopics::Known known_{};
};

TEST_F(AConsole, TellsThePoolProblemsAndTheTimeToEverybody) {
    view_.pool.set_channels(7);
    view_.problems.upsert(problem("problems/a", proto::Problem::SEVERITY_WARNING));
    const auto text = news(ConsoleTopics::wanted_of(""));
    EXPECT_THAT(text, StartsWith("event: pool\ndata: {\"channels\":7}\n\n"));
    EXPECT_THAT(text, HasSubstr("event: problems\ndata: {\"all\":true,\"rows\":[{\"name\":"
                                "\"problems/a\",\"severity\":\"SEVERITY_WARNING\""));
    EXPECT_THAT(text, HasSubstr("event: tick\ndata: {\"time\":\"2023-11-14T22:13:20Z\"}\n\n"));
    EXPECT_THAT(text, Not(HasSubstr("event: services")));
}

TEST_F(AConsole, TellsOfTopicsOnlyWhatIsNew) {
    view_.services.upsert(service("services/a"));
    const auto wanted = ConsoleTopics::wanted_of("nodes,services");
    EXPECT_THAT(news(wanted), HasSubstr("services/a"));
    EXPECT_THAT(news(wanted), Not(HasSubstr("event: services")));
    view_.services.upsert(service("services/b"));
    const auto text = news(wanted);
    EXPECT_THAT(text, HasSubstr("services/b"));
    EXPECT_THAT(text, Not(HasSubstr("services/a")));
}

TEST_F(AConsole, WhatOfAServiceChangesAllTheTimeIsNoNews) {
    auto row = service("services/a");
    view_.services.upsert(row);
    const auto wanted = ConsoleTopics::wanted_of("services");
    news(wanted);
    (*row.mutable_samples())["adit_shares_total"] = 5;
    row.mutable_last_answer_time()->set_seconds(9);
    view_.services.upsert(row);
    EXPECT_THAT(news(wanted), Not(HasSubstr("event: services")));
}

TEST_F(AConsole, KnowsByTheLastIdWhatABrowserHas) {
    view_.services.upsert(service("services/a"));
    const auto wanted = ConsoleTopics::wanted_of("services");
    const auto text = news(wanted);
    const auto at = text.find("id: ") + 4;
    const auto id = text.substr(at, text.find('\n', at) - at);
    EXPECT_EQ(topics_.known_by(id), known_);
    for (const auto* unknown :
         {"", "7", "0000000000000abd-1.1.1.1.1", "0000000000000abc-x", "0000000000000abc-1.2"})
        EXPECT_EQ(topics_.known_by(unknown), ConsoleTopics::Known{}) << unknown;
}

TEST_F(AConsole, TellsTheWorstProblemsWhereThereAreTooMany) {
    for (int i = 0; i < 300; ++i)
        view_.problems.upsert(
            problem("problems/w" + std::to_string(i), proto::Problem::SEVERITY_WARNING, 1000 - i));
    view_.problems.upsert(problem("problems/worst", proto::Problem::SEVERITY_CRITICAL, 5000));
    const auto text = news(ConsoleTopics::wanted_of(""));
    EXPECT_THAT(text, HasSubstr("problems/worst"));
    EXPECT_THAT(text, HasSubstr("\"problems/w299\""));
    EXPECT_THAT(text, Not(HasSubstr("\"problems/w0\"")));
}

}  // namespace
}  // namespace admin
