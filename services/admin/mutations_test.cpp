#include "admin/mutations.h"

#include <adit/admin/v1/gateway.pb.h>
#include <gmock/gmock.h>

#include <map>

namespace admin {
namespace {

namespace proto = adit::admin::v1;
using ::testing::HasSubstr;

constexpr const char* id_1 = "0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a10";

/// As requests.lua, in memory, with answers when a test says so.
class FakeBook final : public RequestBook {
  public:
    using ClaimDone =
        std::function<void(base::Result<ledger::RequestClaim, ledger::RequestFailure>)>;
    using FinishDone = std::function<void(base::Result<void, ledger::RequestFailure>)>;

    void claim(const ledger::OperatorRequest& request, ClaimDone done) override {
        claimed.push_back(request);
        if (failure) return done(base::unexpected(*failure));
        if (holds_claims) {
            held.push_back(std::move(done));
            return;
        }
        const auto found = known.find(request.id);
        if (found == known.end())
            return done(ledger::RequestClaim{ledger::Claimed{std::to_string(claimed.size())}});
        if (found->second.digest != request.digest)
            return done(ledger::RequestClaim{ledger::RequestOther{}});
        if (found->second.is_busy) return done(ledger::RequestClaim{ledger::RequestBusy{}});
        done(ledger::RequestClaim{found->second.outcome});
    }
    void finish(const std::string& id, const std::string&, const ledger::RequestOutcome& outcome,
                ledger::AfterRequest after, FinishDone done) override {
        finished.push_back(outcome);
        if (failure) return done(base::unexpected(*failure));
        if (after == ledger::AfterRequest::keep)
            known[id] = {.digest = claimed.back().digest, .outcome = outcome};
        done({});
    }

    struct Known {
        std::string digest{};
        ledger::RequestOutcome outcome{};
        bool is_busy = false;
    };
    std::map<std::string, Known> known{};
    std::vector<ledger::OperatorRequest> claimed{};
    std::vector<ledger::RequestOutcome> finished{};
    std::vector<ClaimDone> held{};
    std::optional<ledger::RequestFailure> failure{};
    bool holds_claims = false;
};

class MutationsTest : public ::testing::Test {
  protected:
    /// The outcome's reason, or "done: <response>".
    std::string run(const std::string& name, const std::string& id, MutationResult result,
                    const Caller& caller = {"alice", "10.0.0.1:5", Role::operating}) {
        proto::DrainGatewayRequest request;
        request.set_name(name);
        request.set_request_id(id);
        std::string said = "nothing";
        mutations.run(
            caller, "DrainGateway", request, id,
            [this, result](const Mutations::Done& done) {
                ++acted;
                done(result);
            },
            [&](const MutationResult& outcome) {
                said = outcome ? "done: " + *outcome : reason_name(outcome.error().reason);
                if (!outcome) message = outcome.error().message;
            });
        return said;
    }

    FakeBook book;
    Mutations mutations{book};
    int acted = 0;
    std::string message{};
};

const MutationResult done{std::string{"response"}};

MutationResult refused(Reason reason) {
    return base::unexpected(ApiError{reason, "because", {{"service", "gateway-1"}}});
}

TEST_F(MutationsTest, DoesARequestOnceAndAnswersItAgain) {
    EXPECT_EQ(run("gateways/a", id_1, done), "done: response");
    EXPECT_EQ(run("gateways/a", id_1, refused(Reason::not_found)), "done: response");
    EXPECT_EQ(acted, 1);
    ASSERT_EQ(book.finished.size(), 1U);
    EXPECT_EQ(book.finished[0].code, "OK");
    EXPECT_EQ(book.claimed[0].actor, "alice");
    EXPECT_EQ(book.claimed[0].method, "DrainGateway");
    EXPECT_THAT(book.claimed[0].request, HasSubstr("\"name\":\"gateways/a\""));
}

TEST_F(MutationsTest, TakesAnIdInCapitalsForTheSame) {
    std::string capitals = id_1;
    for (auto& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(run("gateways/a", id_1, done), "done: response");
    EXPECT_EQ(run("gateways/b", capitals, done), "REQUEST_ID_REUSED");
}

TEST_F(MutationsTest, RefusesAnIdThatIsAnotherRequests) {
    EXPECT_EQ(run("gateways/a", id_1, done), "done: response");
    EXPECT_EQ(run("gateways/b", id_1, done), "REQUEST_ID_REUSED") << "another gateway";
    EXPECT_EQ(run("gateways/a", id_1, done, {"bob", "10.0.0.2:5", Role::operating}),
              "REQUEST_ID_REUSED")
        << "another operator";
    EXPECT_EQ(acted, 1);
}

TEST_F(MutationsTest, KeepsARefusalThatStays) {
    EXPECT_EQ(run("gateways/a", id_1, refused(Reason::not_found)), "NOT_FOUND");
    EXPECT_EQ(run("gateways/a", id_1, done), "NOT_FOUND");
    EXPECT_EQ(message, "because");
    EXPECT_EQ(acted, 1);
}

TEST_F(MutationsTest, TriesAgainWhatMayGoBetter) {
    for (const auto reason :
         {Reason::service_unreachable, Reason::changed_meanwhile, Reason::ledger_unavailable}) {
        EXPECT_EQ(run("gateways/a", id_1, refused(reason)), reason_name(reason));
    }
    EXPECT_EQ(run("gateways/a", id_1, done), "done: response");
    EXPECT_EQ(acted, 4);
    EXPECT_EQ(book.finished.size(), 4U) << "each of them is in the log";
}

TEST_F(MutationsTest, DoesNothingWithoutTheLog) {
    book.failure = {ledger::RequestError::unavailable, "away"};
    EXPECT_EQ(run("gateways/a", id_1, done), "AUDIT_UNAVAILABLE");
    book.failure = {ledger::RequestError::replica_missing, "0 of 1"};
    EXPECT_EQ(run("gateways/a", id_1, done), "REPLICA_MISSING");
    EXPECT_EQ(acted, 0);
}

TEST_F(MutationsTest, RefusesWhatIsNoUuid) {
    for (const char* id :
         {"", "1", "0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a1", "0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a100",
          "0b8f2c1e6f0b-4a5e-9d0f-6c2f7f1f6a10--", "0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a1g"})
        EXPECT_EQ(run("gateways/a", id, done), "INVALID_REQUEST_ID") << id;
    EXPECT_TRUE(book.claimed.empty());
}

TEST_F(MutationsTest, SaysThatAnotherProcessIsAtIt) {
    EXPECT_EQ(run("gateways/a", id_1, done), "done: response");
    book.known[id_1].is_busy = true;
    EXPECT_EQ(run("gateways/a", id_1, done), "REQUEST_IN_PROGRESS");
}

TEST_F(MutationsTest, AnswersAllWhoAskForTheSameMeanwhile) {
    book.holds_claims = true;
    std::vector<std::string> said;
    proto::DrainGatewayRequest request;
    request.set_name("gateways/a");
    const auto ask = [&](const std::string& name) {
        request.set_name(name);
        mutations.run(
            {"alice", "", Role::operating}, "DrainGateway", request, id_1,
            [&](const Mutations::Done& finish) {
                ++acted;
                finish(done);
            },
            [&](const MutationResult& outcome) {
                said.push_back(outcome ? "done" : reason_name(outcome.error().reason));
            });
    };
    ask("gateways/a");
    ask("gateways/a");
    ask("gateways/b");
    EXPECT_THAT(said, ::testing::ElementsAre("REQUEST_ID_REUSED"));
    ASSERT_EQ(book.held.size(), 1U);
    book.held[0](ledger::RequestClaim{ledger::Claimed{"1"}});
    EXPECT_THAT(said, ::testing::ElementsAre("REQUEST_ID_REUSED", "done", "done"));
    EXPECT_EQ(acted, 1);
}

TEST_F(MutationsTest, AnswersWithWhatWasDoneWhereTheLogIsLostMeanwhile) {
    proto::DrainGatewayRequest request;
    std::string said;
    mutations.run(
        {"alice", "", Role::operating}, "DrainGateway", request, id_1,
        [&](const Mutations::Done& finish) {
            book.failure = {ledger::RequestError::unavailable, "away"};
            finish(done);
        },
        [&](const MutationResult& outcome) { said = outcome ? *outcome : "refused"; });
    EXPECT_EQ(said, "response");
}

}  // namespace
}  // namespace admin
