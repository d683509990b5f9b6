#include "rpc/template_client.h"

#include <adit/templates/v1/templates.grpc.pb.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "rpc/channel.h"
#include "rpc/server_stream.h"
#include "rpc/template_codec.h"
#include "rpc/template_samples.h"
#include "rpc/test_server.h"
#include "rpc/unary_call.h"

namespace rpc {
namespace {

namespace proto = adit::templates::v1;
using Stream = ServerStream<proto::WatchTemplatesResponse>;

proto::WatchTemplatesResponse event(const mining::BlockTemplate& block_template) {
    proto::WatchTemplatesResponse response;
    *response.mutable_block_template() = to_proto(block_template);
    return response;
}
proto::WatchTemplatesResponse snapshot_end(std::uint64_t current) {
    proto::WatchTemplatesResponse response;
    response.mutable_snapshot_end()->set_current_ref(current);
    return response;
}

// A replica as the client sees it: holds templates, streams them, takes or refuses solutions.
class FakeReplica final : public proto::TemplateService::CallbackService {
  public:
    explicit FakeReplica(boost::asio::io_context& loop)
        : loop_(loop), mailbox_(std::in_place, loop) {
        listen(0);
    }
    ~FakeReplica() override { kill(); }

    void listen(int port) {
        server_.emplace(*this, port);
        port_ = server_->port();
    }
    void kill() {
        // A server does not go before its calls do.
        for (auto& stream : std::exchange(streams_, {}))
            stream->finish({grpc::StatusCode::UNAVAILABLE, "killed"});
        unanswered_.clear();
        // Nor does it wait for a call that comes now: what the loop will not see is refused.
        mailbox_->close();
        server_.reset();
        mailbox_.emplace(loop_);
    }
    void restart() {
        kill();
        listen(port_);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    void add(const mining::BlockTemplate& block_template) {
        templates_.push_back(block_template);
        const auto streams = streams_;  // one that is too slow leaves the list
        for (auto& stream : streams) stream->push(event(block_template));
    }
    grpc::ServerWriteReactor<proto::WatchTemplatesResponse>* WatchTemplates(
        grpc::CallbackServerContext*, const proto::WatchTemplatesRequest*) override {
        return Stream::accept(mailbox_->sender(), [this](const std::shared_ptr<Stream>& stream) {
            ++subscriptions;
            std::vector<proto::WatchTemplatesResponse> snapshot;
            for (const auto& held : templates_) snapshot.push_back(event(held));
            snapshot.push_back(snapshot_end(templates_.back().ref.value));
            streams_.push_back(stream);
            stream->begin(std::move(snapshot), queue_max, [this, raw = stream.get()] {
                ++closed;
                std::erase_if(streams_, [&](auto& s) { return s.get() == raw; });
            });
        });
    }
    grpc::ServerUnaryReactor* SubmitSolution(grpc::CallbackServerContext* context,
                                             const proto::SubmitSolutionRequest* request,
                                             proto::SubmitSolutionResponse* response) override {
        using Call = UnaryCall<proto::SubmitSolutionResponse>;
        return Call::accept(context, response, mailbox_->sender(),
                            [this, taken = *request](const std::shared_ptr<Call>& call) {
                                last_solution = taken;
                                if (answer.ok()) {
                                    proto::SubmitSolutionResponse stored;
                                    stored.set_block_hash(std::string(32, '\7'));
                                    call->answer(stored);
                                } else if (!is_silent) {
                                    call->refuse(answer);
                                } else {
                                    unanswered_.push_back(call);
                                }
                            });
    }

    grpc::ServerUnaryReactor* GetTemplate(grpc::CallbackServerContext* context,
                                          const proto::GetTemplateRequest* request,
                                          proto::GetTemplateResponse* response) override {
        using Call = UnaryCall<proto::GetTemplateResponse>;
        return Call::accept(context, response, mailbox_->sender(),
                            [this, ref = request->ref()](const std::shared_ptr<Call>& call) {
                                ++fetches;
                                for (const auto& held : unstreamed) {
                                    if (held.ref.value != ref) continue;
                                    proto::GetTemplateResponse found;
                                    *found.mutable_block_template() = to_proto(held);
                                    return call->answer(found);
                                }
                                call->refuse({fetch_error, "not here"});
                            });
    }

    std::vector<mining::BlockTemplate> unstreamed{};
    grpc::StatusCode fetch_error = grpc::StatusCode::NOT_FOUND;
    int fetches = 0;
    grpc::Status answer = grpc::Status::OK;
    bool is_silent = false;
    std::size_t queue_max = 100;
    int subscriptions = 0;
    int closed = 0;
    proto::SubmitSolutionRequest last_solution{};

  private:
    std::vector<mining::BlockTemplate> templates_{};
    std::vector<std::shared_ptr<Stream>> streams_{};
    std::vector<std::shared_ptr<UnaryCall<proto::SubmitSolutionResponse>>> unanswered_{};
    int port_ = 0;
    boost::asio::io_context& loop_;
    std::optional<Mailbox> mailbox_;
    std::optional<TestServer> server_{};
};

// Its first stream loses a response: template 2 comes with a number too high. The second is whole.
class HoleyReplica final : public proto::TemplateService::CallbackService {
  public:
    grpc::ServerWriteReactor<proto::WatchTemplatesResponse>* WatchTemplates(
        grpc::CallbackServerContext*, const proto::WatchTemplatesRequest*) override {
        const bool is_first = ++subscriptions == 1;
        std::vector<proto::WatchTemplatesResponse> responses{
            event(sample_template(is_first ? 1 : 3, 1)), snapshot_end(is_first ? 1 : 3)};
        responses[0].set_sequence(1);
        responses[1].set_sequence(2);
        if (is_first) responses.push_back(event(sample_template(2, 1)));
        if (is_first) responses[2].set_sequence(4);
        return new Writer{std::move(responses)};
    }
    std::atomic<int> subscriptions = 0;

  private:
    // Writes all, then waits for the subscriber to leave.
    class Writer final : public grpc::ServerWriteReactor<proto::WatchTemplatesResponse> {
      public:
        explicit Writer(std::vector<proto::WatchTemplatesResponse> responses)
            : responses_(std::move(responses)) {
            this->StartWrite(responses_.data());
        }
        void OnWriteDone(bool ok) override {
            if (ok && ++written_ < responses_.size()) this->StartWrite(&responses_[written_]);
        }
        void OnCancel() override { this->Finish(grpc::Status::CANCELLED); }
        void OnDone() override { delete this; }

      private:
        std::vector<proto::WatchTemplatesResponse> responses_;
        std::size_t written_ = 0;
    };
};

class TemplateClientTest : public testing::Test {
  protected:
    TemplateClient::Options options(std::vector<std::string> replicas) {
        return {.replicas = std::move(replicas),
                .subscriber = "test",
                .limits = {},
                .submit_deadline = std::chrono::seconds{10},
                .backoff = {.first = std::chrono::milliseconds{5},
                            .last = std::chrono::milliseconds{50}}};
    }
    TemplateClient::OnTemplate remember() {
        return [this](const mining::BlockTemplate& t) { heard.push_back(t.ref.value); };
    }
    bool run_until(const std::function<bool()>& claim) { return rpc::run_until(loop, claim); }

    boost::asio::io_context loop;
    base::SeededRandom random{1};
    std::vector<std::uint64_t> heard;
};

TEST_F(TemplateClientTest, KeepsTheSnapshotAndHandsOutItsCurrentTemplateOnly) {
    FakeReplica replica{loop};
    for (std::uint64_t ref = 1; ref <= 3; ++ref) replica.add(sample_template(ref, 1));
    TemplateClient client{loop, random, options({replica.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return !heard.empty(); }));
    EXPECT_EQ(heard, std::vector<std::uint64_t>{3});
    EXPECT_EQ(*client.current(), sample_template(3, 1));
    EXPECT_NE(client.find(mining::TemplateRef{1}), nullptr);
    EXPECT_EQ(client.replicas_in_sync(), 1U);

    replica.add(sample_template(4, 2));
    ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
    EXPECT_EQ(heard.back(), 4U);
}

TEST_F(TemplateClientTest, FollowsTheReplicasThatAreNamed) {
    FakeReplica first{loop};
    first.add(sample_template(1, 1));
    TemplateClient client{loop, random, options({})};
    client.start(remember());
    client.set_replicas({first.address()});
    ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));

    FakeReplica second{loop};
    second.add(sample_template(2, 1));
    client.set_replicas({second.address()});
    ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
    EXPECT_EQ(client.replicas_in_sync(), 2U) << "who streams is followed, named or not";
    first.add(sample_template(3, 1));
    ASSERT_TRUE(run_until([&] { return heard.size() == 3; }));

    first.kill();
    ASSERT_TRUE(run_until([&] { return client.replicas_in_sync() == 1; }));
    const auto asked = first.subscriptions;
    first.restart();
    second.add(sample_template(4, 1));
    ASSERT_TRUE(run_until([&] { return heard.size() == 4; }));
    loop.run_for(std::chrono::milliseconds{200});  // four times the longest back-off
    EXPECT_EQ(first.subscriptions, asked) << "nobody asks for it any more";
}

TEST_F(TemplateClientTest, SaysAtOnceThatItKnowsNoReplica) {
    TemplateClient client{loop, random, options({})};
    client.start(remember());
    std::optional<SolutionError> submitted;
    client.submit_solution({}, [&](const auto& result) { submitted = result.error(); });
    EXPECT_EQ(submitted, SolutionError::unavailable);
    std::optional<FetchError> fetched;
    client.fetch(mining::TemplateRef{1}, [&](const auto& result) { fetched = result.error(); });
    ASSERT_TRUE(run_until([&] { return fetched.has_value(); }));
    EXPECT_EQ(*fetched, FetchError::unavailable) << "nobody has said that it does not exist";
}

TEST_F(TemplateClientTest, ComesBackToAServerThatWasKilledAndStartedAgain) {
    FakeReplica replica{loop};
    replica.add(sample_template(1, 1));
    TemplateClient client{loop, random, options({replica.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));

    replica.kill();
    ASSERT_TRUE(run_until([&] { return client.replicas_in_sync() == 0; }));
    EXPECT_NE(client.current(), nullptr) << "a lost stream takes no work away";
    replica.restart();
    replica.add(sample_template(2, 1));
    ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
    EXPECT_EQ(heard, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(TemplateClientTest, AsksAgainWhenAResponseIsMissing) {
    HoleyReplica replica;
    TestServer server{replica, 0};
    TemplateClient client{loop, random, options({server.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
    EXPECT_EQ(heard, (std::vector<std::uint64_t>{1, 3})) << "2 came after a hole";
    EXPECT_EQ(replica.subscriptions, 2);
}

TEST_F(TemplateClientTest, HandsOutTheNewestEpochOfAllReplicas) {
    const auto old_ref = *mining::TemplateRef::of(mining::Epoch{1}, 5);
    const auto new_ref = *mining::TemplateRef::of(mining::Epoch{2}, 1);
    FakeReplica old_leader{loop};
    FakeReplica new_leader{loop};
    old_leader.add(sample_template(old_ref.value, 1));
    new_leader.add(sample_template(new_ref.value, 1));
    TemplateClient client{loop, random, options({old_leader.address(), new_leader.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return client.replicas_in_sync() == 2; }));
    EXPECT_EQ(client.current()->ref, new_ref);
    EXPECT_NE(client.find(old_ref), nullptr);

    old_leader.add(sample_template(old_ref.value + 1, 1));
    ASSERT_TRUE(
        run_until([&] { return client.find(mining::TemplateRef{old_ref.value + 1}) != nullptr; }));
    EXPECT_EQ(client.current()->ref, new_ref);
}

TEST_F(TemplateClientTest, EndsASubscriberThatReadsTooSlowly) {
    FakeReplica replica{loop};
    replica.queue_max = 3;
    replica.add(sample_template(1, 1));
    TemplateClient client{loop, random, options({replica.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));
    // The loop does not turn between these, so none of them can leave.
    for (std::uint64_t ref = 2; ref < 10; ++ref) replica.add(sample_template(ref, 1));
    EXPECT_EQ(replica.closed, 1);
    ASSERT_TRUE(run_until([&] { return heard.back() == 9; }));
    EXPECT_EQ(replica.subscriptions, 2);
}

TEST_F(TemplateClientTest, TheFirstConfirmationFromDiskAnswersASolution) {
    FakeReplica broken{loop};
    FakeReplica well{loop};
    broken.answer = {grpc::StatusCode::UNAVAILABLE, "disk full"};
    TemplateClient client{loop, random, options({broken.address(), well.address()})};
    std::vector<base::Result<SolutionStored, SolutionError>> answers;
    Solution solution{.template_ref = mining::TemplateRef{5},
                      .header = {},
                      .coinbase_tx = base::to_bytes("coinbase"),
                      .channel = mining::ChannelKey{6},
                      .user_identity = "somebody.rig"};
    solution.header.fill(std::byte{1});
    client.submit_solution(solution, [&](auto answer) { answers.push_back(answer); });
    ASSERT_TRUE(run_until([&] {
        return !answers.empty() && broken.last_solution.channel_key() == 6 &&
               well.last_solution.channel_key() == 6;
    }));
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_TRUE(answers[0].has_value());
    EXPECT_EQ(answers[0]->block_hash.value.bytes[0], 7);
    EXPECT_EQ(well.last_solution.header(), std::string(80, '\1'));
    EXPECT_EQ(well.last_solution.coinbase_tx(), "coinbase");
    EXPECT_EQ(well.last_solution.template_ref(), 5U);
    EXPECT_EQ(well.last_solution.user_identity(), "somebody.rig");
}

TEST_F(TemplateClientTest, ASolutionFailsOnlyWhenEveryReplicaHasFailed) {
    const grpc::Status away{grpc::StatusCode::UNAVAILABLE, ""};
    const grpc::Status unknown{grpc::StatusCode::NOT_FOUND, ""};
    const grpc::Status refused{grpc::StatusCode::INVALID_ARGUMENT, ""};
    const grpc::Status incomplete{grpc::StatusCode::FAILED_PRECONDITION, ""};
    const struct {
        const char* when;
        grpc::Status first;
        grpc::Status second;
        SolutionError error;
    } cases[] = {
        {"one may yet take it", away, refused, SolutionError::unavailable},
        {"none holds the template", unknown, unknown, SolutionError::unknown_template},
        {"one that holds it refuses", unknown, refused, SolutionError::not_a_block},
        {"one waits for its transactions", unknown, incomplete, SolutionError::incomplete_template},
        {"no transactions make it a block", incomplete, refused, SolutionError::not_a_block},
        {"one that is away may have them", incomplete, away, SolutionError::unavailable},
    };
    for (const auto& [when, first, second, error] : cases) {
        SCOPED_TRACE(when);
        FakeReplica a{loop};
        FakeReplica b{loop};
        a.answer = first;
        b.answer = second;
        TemplateClient client{loop, random, options({a.address(), b.address()})};
        std::optional<base::Result<SolutionStored, SolutionError>> answer;
        client.submit_solution({}, [&](auto result) { answer = result; });
        ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
        ASSERT_FALSE(answer->has_value());
        EXPECT_EQ(answer->error(), error);
    }
}

TEST_F(TemplateClientTest, AReplicaThatDoesNotAnswerIsUnavailableAfterTheDeadline) {
    FakeReplica silent{loop};
    silent.answer = {grpc::StatusCode::UNKNOWN, ""};
    silent.is_silent = true;
    auto chosen = options({silent.address()});
    chosen.submit_deadline = std::chrono::milliseconds{50};
    TemplateClient client{loop, random, chosen};
    std::optional<base::Result<SolutionStored, SolutionError>> answer;
    client.submit_solution({}, [&](auto result) { answer = result; });
    ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(answer->error(), SolutionError::unavailable);
}

TEST_F(TemplateClientTest, SolutionsWithoutAnAnswerHaveABound) {
    FakeReplica silent{loop};
    silent.answer = {grpc::StatusCode::UNKNOWN, ""};
    silent.is_silent = true;
    TemplateClient client{loop, random, options({silent.address()})};
    std::vector<base::Result<SolutionStored, SolutionError>> answers;
    const auto submit = [&] {
        client.submit_solution({}, [&](auto answer) { answers.push_back(answer); });
    };
    for (int i = 0; i < 1024; ++i) submit();
    EXPECT_TRUE(answers.empty());
    submit();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].error(), SolutionError::unavailable) << "the caller tries again";
}

TEST_F(TemplateClientTest, WorkChangesAtOnceToANewLeadersEpoch) {
    const auto old_ref = *mining::TemplateRef::of(mining::Epoch{1}, 5);
    const auto new_ref = *mining::TemplateRef::of(mining::Epoch{2}, 1);
    FakeReplica one{loop};
    FakeReplica other{loop};
    // Both stream what the leader named, and one of them twice.
    for (auto* replica : {&one, &other}) replica->add(sample_template(old_ref.value, 1));
    TemplateClient client{loop, random, options({one.address(), other.address()})};
    client.start(remember());
    ASSERT_TRUE(run_until([&] { return client.replicas_in_sync() == 2; }));
    other.add(sample_template(new_ref.value, 1));
    one.add(sample_template(old_ref.value + 1, 1));
    ASSERT_TRUE(run_until([&] {
        return client.current()->ref == new_ref &&
               client.find(mining::TemplateRef{old_ref.value + 1}) != nullptr;
    }));
    one.add(sample_template(new_ref.value, 1));
    one.add(sample_template(new_ref.value + 1, 1));
    ASSERT_TRUE(run_until([&] { return client.current()->ref.value == new_ref.value + 1; }));
    // Whether the old leader's last one came before the new epoch is a matter of threads.
    std::erase(heard, old_ref.value + 1);
    EXPECT_EQ(heard, (std::vector{old_ref.value, new_ref.value, new_ref.value + 1}))
        << "each once, and none of them twice";
}

TEST_F(TemplateClientTest, FetchesATemplateFromWhicheverReplicaHasIt) {
    FakeReplica a{loop};
    FakeReplica b{loop};
    b.unstreamed.push_back(sample_template(7, 1));
    TemplateClient client{loop, random, options({a.address(), b.address()})};
    std::vector<base::Result<mining::BlockTemplate, FetchError>> fetched;
    client.fetch(mining::TemplateRef{7}, [&](auto result) { fetched.push_back(result); });
    ASSERT_TRUE(run_until([&] { return !fetched.empty() && a.fetches == 1; }));
    ASSERT_TRUE(fetched[0].has_value());
    EXPECT_EQ(*fetched[0], sample_template(7, 1));
    EXPECT_NE(client.find(mining::TemplateRef{7}), nullptr);
    EXPECT_EQ(client.current(), nullptr) << "known, not handed out";
}

TEST_F(TemplateClientTest, ATemplateIsUnknownOnlyWhereEveryReplicaSaysSo) {
    FakeReplica a{loop};
    FakeReplica b{loop};
    TemplateClient client{loop, random, options({a.address(), b.address()})};
    std::vector<FetchError> errors;
    const auto fetch = [&] {
        client.fetch(mining::TemplateRef{7},
                     [&](const auto& result) { errors.push_back(result.error()); });
    };
    fetch();
    ASSERT_TRUE(run_until([&] { return errors.size() == 1; }));
    EXPECT_EQ(errors.back(), FetchError::unknown);
    b.kill();
    fetch();
    ASSERT_TRUE(run_until([&] { return errors.size() == 2; }));
    EXPECT_EQ(errors.back(), FetchError::unavailable);
}

TEST_F(TemplateClientTest, ACallWithoutADeadlineIsRefused) {
    FakeReplica replica{loop};
    const auto stub = proto::TemplateService::NewStub(dial(replica.address()));
    grpc::ClientContext context;
    proto::SubmitSolutionResponse response;
    const auto status = stub->SubmitSolution(&context, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TemplateClientTest, AClientMayGoWhileItsStreamIsOpen) {
    FakeReplica replica{loop};
    replica.add(sample_template(1, 1));
    {
        TemplateClient client{loop, random, options({replica.address()})};
        client.start(remember());
        ASSERT_TRUE(run_until([&] { return heard.size() == 1; }));
        client.submit_solution({}, [](auto) { FAIL() << "answered a client that is gone"; });
    }
    ASSERT_TRUE(run_until([&] { return replica.closed == 1; }));
}

}  // namespace
}  // namespace rpc
