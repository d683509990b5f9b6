#include "admin/miner_page.h"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "admin/row_names.h"

namespace admin {
namespace {

namespace asio = boost::asio;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AMinerPage : public testing::Test {
  protected:
    AMinerPage() {
        for (const auto* identity : {"alice", "alice2", "a/b c"}) {
            proto::Identity row;
            row.set_name(identity_resource(identity));
            row.set_identity(identity);
            row.set_is_banned(true);
            view_.identities.upsert(row);
            proto::Worker worker;
            worker.set_name(worker_resource(identity, "rig"));
            worker.set_identity(identity);
            worker.set_worker(std::string{"rig-of-"} + identity);
            view_.workers.upsert(worker);
        }
    }

    std::string get(const std::string& path) {
        asio::ip::tcp::socket socket{loop_.context()};
        socket.connect({asio::ip::make_address("127.0.0.1"), page_.port()});
        const auto request =
            "GET " + path + " HTTP/1.1\r\nHost: pool.example\r\nConnection: close\r\n\r\n";
        asio::write(socket, asio::buffer(request));
        std::string answer;
        asio::async_read(socket, asio::dynamic_buffer(answer),
                         [&](const boost::system::error_code&, std::size_t) { loop_.stop(); });
        loop_.context().restart();
        loop_.context().run_for(std::chrono::seconds{5});
        return answer;
    }

    service::Loop loop_;
    View view_;
    base::ManualClock clock_;
    MinerPage page_{loop_, {.listen = {"127.0.0.1", 0}}, view_, clock_};
};

TEST_F(AMinerPage, TellsAnIdentityOfItselfAndOfNobodyElse) {
    const auto answer = get("/api/miner/alice");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: private, max-age=10\r\n"));
    EXPECT_THAT(answer, HasSubstr(R"("identity":"alice")"));
    EXPECT_THAT(answer, HasSubstr("rig-of-alice\""));
    EXPECT_THAT(answer, Not(HasSubstr("alice2")));
    EXPECT_THAT(answer, Not(HasSubstr("is_banned")));
    EXPECT_THAT(get("/api/miner/a%2Fb%20c"), HasSubstr("rig-of-a/b c"));
}

TEST_F(AMinerPage, SaysTheSameOfEveryIdentityThatThereIsNot) {
    const auto nobody = get("/api/miner/nobody");
    EXPECT_THAT(nobody, StartsWith("HTTP/1.1 404 "));
    for (const auto* path : {"/api/miner/alic", "/api/miner/alice3", "/api/miner/", "/api/miner/%",
                             "/api/miner/alice/workers/rig", "/api/miner/-"})
        EXPECT_EQ(get(path), nobody) << path;
}

TEST_F(AMinerPage, HasNothingOfTheConsole) {
    for (const auto* path : {"/api/pool", "/api/workers", "/api/events", "/index.html", "/workers",
                             "/assets/index.js"}) {
        EXPECT_THAT(get(path), StartsWith("HTTP/1.1 404 ")) << path;
        clock_.advance(std::chrono::seconds{1});
    }
    EXPECT_THAT(get("/miner/alice"), HasSubstr("Content-Type: text/html"));
}

TEST_F(AMinerPage, RefusesWhoAsksTooOften) {
    std::string answer;
    for (int i = 0; i < 15; ++i) answer = get("/miner/alice");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 429 "));
    EXPECT_THAT(answer, HasSubstr("Retry-After: 10\r\n"));
    clock_.advance(std::chrono::seconds{10});
    EXPECT_THAT(get("/miner/alice"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AMinerPage, ListsSoManyWorkersAndCountsTheRest) {
    for (int i = 0; i < 20; ++i) {
        proto::Worker worker;
        worker.set_name(worker_resource("alice", std::to_string(i)));
        view_.workers.upsert(worker);
    }
    EXPECT_THAT(miner_json(view_, "alice", {}, 5), EndsWith(",\"workers_left_out\":16}"));
}

}  // namespace
}  // namespace admin
