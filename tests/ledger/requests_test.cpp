#include "ledger/requests.h"

#include "fixture.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;

class RequestsTest : public LedgerTest {
  protected:
    using Claimed_ = base::Result<RequestClaim, RequestFailure>;

    Claimed_ claim(const std::string& digest, const std::string& owner,
                   const Durability& durability = {}) {
        OperatorRequest request{.id = "id",
                                .digest = digest,
                                .actor = "alice",
                                .peer_address = "10.0.0.1:5",
                                .method = "DrainGateway",
                                .request = "{}"};
        return await<Claimed_>([&](auto done) {
            claim_request(client_, durability, request, owner, std::move(done));
        });
    }
    void finish(const std::string& entry, AfterRequest after) {
        using Finished = base::Result<void, RequestFailure>;
        EXPECT_TRUE(await<Finished>([&](auto done) {
            finish_request(client_, "id", entry, {"OK", "well", std::string{"\0\xff", 2}}, after,
                           std::move(done));
        }));
    }
    static std::string entry_of(const Claimed_& claim) { return std::get<Claimed>(*claim).entry; }
    std::vector<AuditRecord> log(const std::string& after = {}) {
        using Read = base::Result<AuditPage, std::string>;
        auto page =
            await<Read>([&](auto done) { read_audit(client_, after, 1'000, std::move(done)); });
        EXPECT_TRUE(page.has_value());
        return page ? page->records : std::vector<AuditRecord>{};
    }
};

TEST_F(RequestsTest, AreDoneOnce) {
    const auto first = claim("digest", "a");
    ASSERT_TRUE(first && std::holds_alternative<Claimed>(*first));
    finish(entry_of(first), AfterRequest::keep);
    for (const char* owner : {"a", "b"}) {
        const auto again = claim("digest", owner);
        ASSERT_TRUE(again && std::holds_alternative<RequestOutcome>(*again));
        EXPECT_EQ(std::get<RequestOutcome>(*again).code, "OK");
        EXPECT_EQ(std::get<RequestOutcome>(*again).message, "well");
        EXPECT_EQ(std::get<RequestOutcome>(*again).response, (std::string{"\0\xff", 2}));
    }
    const auto other = claim("another", "a");
    ASSERT_TRUE(other && std::holds_alternative<RequestOther>(*other));
}

TEST_F(RequestsTest, AreInTheLogBeforeTheyAreDoneAndAfter) {
    const auto first = claim("digest", "a");
    auto records = log();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].request.actor, "alice");
    EXPECT_EQ(records[0].request.peer_address, "10.0.0.1:5");
    EXPECT_EQ(records[0].request.method, "DrainGateway");
    EXPECT_EQ(records[0].request.request, "{}");
    EXPECT_EQ(records[0].request.id, "id");
    EXPECT_EQ(records[0].outcome.code, "");
    finish(entry_of(first), AfterRequest::keep);
    records = log(records[0].id);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].of, entry_of(first));
    EXPECT_EQ(records[0].outcome.code, "OK");
    EXPECT_EQ(records[0].outcome.message, "well");
}

TEST_F(RequestsTest, AreClaimedAtTheTimeOfRedis) {
    for (int i = 0; i < 5; ++i) {
        const auto before = redis_now_us() / 1'000;
        ASSERT_TRUE(claim("digest", "a"));
        const auto since = server_.run({"HGET", "{pool}:requests:id", "since"});
        EXPECT_GE(std::stoll(*since.string()), before);
        EXPECT_LE(std::stoll(*since.string()), redis_now_us() / 1'000);
    }
}

TEST_F(RequestsTest, AreClaimedBySomebodyElseWhenTheTimeIsUpAndNotBefore) {
    ASSERT_TRUE(claim("digest", "a"));
    const auto claimed_ms_ago = [this](std::chrono::milliseconds ago) {
        server_.run({"HSET", "{pool}:requests:id", "since",
                     std::to_string(redis_now_us() / 1'000 - ago.count())});
    };
    claimed_ms_ago(claim_kept - 20s);
    const auto early = claim("digest", "b");
    EXPECT_TRUE(early && std::holds_alternative<RequestBusy>(*early));
    claimed_ms_ago(claim_kept);
    const auto late = claim("digest", "b");
    EXPECT_TRUE(late && std::holds_alternative<Claimed>(*late));
}

TEST_F(RequestsTest, BelongToWhoClaimedThemUntilThatIsLongAgo) {
    const auto first = claim("digest", "a");
    const auto busy = claim("digest", "b");
    ASSERT_TRUE(busy && std::holds_alternative<RequestBusy>(*busy));
    const auto own = claim("digest", "a");
    EXPECT_TRUE(own && std::holds_alternative<Claimed>(*own)) << "its outcome was lost";
    const auto since = server_.run({"HGET", "{pool}:requests:id", "since"});
    server_.run({"HSET", "{pool}:requests:id", "since",
                 std::to_string(std::stoll(*since.string()) - 30'000)});
    const auto taken = claim("digest", "b");
    ASSERT_TRUE(taken && std::holds_alternative<Claimed>(*taken));
    // The one that was thought dead comes back: its outcome is in the log and no more.
    finish(entry_of(own), AfterRequest::forget);
    const auto still = claim("digest", "c");
    EXPECT_TRUE(still && std::holds_alternative<RequestBusy>(*still));
    (void)first;
}

TEST_F(RequestsTest, CanBeMadeAgainWhereAskingAgainHelps) {
    finish(entry_of(claim("digest", "a")), AfterRequest::forget);
    const auto again = claim("digest", "b");
    EXPECT_TRUE(again && std::holds_alternative<Claimed>(*again));
}

TEST_F(RequestsTest, AreKeptForADayFromTheirClaimAndFromTheirEnd) {
    const auto expect_a_day = [this] {
        const auto left = integer({"TTL", "{pool}:requests:id"});
        EXPECT_GT(left, 86'000);
        EXPECT_LE(left, 86'400);
    };
    const auto entry = entry_of(claim("digest", "a"));
    expect_a_day();
    server_.run({"EXPIRE", "{pool}:requests:id", "1000"});
    finish(entry, AfterRequest::keep);
    expect_a_day();
}

TEST_F(RequestsTest, AreNotClaimedWithoutTheReplicasThatAreRequired) {
    const auto claimed = claim("digest", "a", {.replicas = 1, .wait_timeout = 50ms});
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().kind, RequestError::replica_missing);
}

TEST_F(RequestsTest, ALogOfThemIsKeptToItsBound) {
    const auto fill = [this](std::size_t entries) {
        server_.run({"EVAL", "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'of', '') end",
                     "1", keys::audit, std::to_string(entries)});
    };
    const auto size = [this] { return static_cast<std::size_t>(integer({"XLEN", keys::audit})); };
    // Redis trims whole nodes of its tree.
    constexpr std::size_t node = 100;
    fill(audit_entries_max - 2);
    const auto entry = entry_of(claim("digest", "a"));
    finish(entry, AfterRequest::forget);
    EXPECT_EQ(size(), audit_entries_max);
    fill(2 * node);
    const auto another = entry_of(claim("digest", "a"));
    EXPECT_LE(size(), audit_entries_max + node);
    fill(2 * node);
    finish(another, AfterRequest::forget);
    EXPECT_LE(size(), audit_entries_max + node);
    EXPECT_GE(size(), audit_entries_max);
}

}  // namespace
}  // namespace ledger
