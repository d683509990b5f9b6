// Our client of the Template Distribution Protocol on real sockets: with our server, and with nodes
// that are none or do wrong.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "bitcoin/block.h"
#include "tdp_testing.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using testing::HasSubstr;

class TdpSourceLink : public TdpChain {
  protected:
    ~TdpSourceLink() override { source.reset(); }

    void start(std::uint16_t port) {
        source.emplace(loop, clock, random,
                       TdpSource::Settings{
                           .url = {.host = "127.0.0.1", .port = port, .authority = {authority}},
                           .connect_timeout = 500ms},
                       TdpSourceMetrics{registry});
        source->start({.on_candidate = [this](Candidate got) { candidates.push_back(got); },
                       .on_transactions =
                           [this](std::uint64_t origin, Transactions got) {
                               for (auto& candidate : candidates)
                                   if (candidate.origin == origin) candidate.transactions = got;
                           },
                       .on_status = [this](NodeStatus got) { statuses.push_back(got); },
                       .on_unusable = [this](std::string_view why) { unusable = why; }});
    }
    bool is_reachable() const { return !statuses.empty() && statuses.back().is_reachable; }
    std::string why() const { return statuses.empty() ? "" : statuses.back().why; }
    /// Connected, with a template and its transactions.
    void connect() {
        open();
        start(server->port());
        wait_for_template();
    }
    void wait_for_template() {
        ASSERT_TRUE(run_until(loop, [&] {
            return is_reachable() && !candidates.empty() && candidates.back().transactions;
        })) << why();
    }
    SolvedBlock solve_last() const {
        auto block = block_of(candidates.back());
        solve(block);
        return {.hash = bitcoin::header_hash(block.header),
                .bytes = bitcoin::serialise(block),
                .origin = candidates.back().origin};
    }
    void submit(const SolvedBlock& block) {
        answer.reset();
        source->submit_block(block, [this](const auto& got) { answer = got; });
    }
    SubmitAnswer answered() {
        EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); }));
        return answer.value_or(SubmitAnswer{});
    }
    SubmitAnswer submit_and_wait(const SolvedBlock& block) {
        submit(block);
        return answered();
    }
    BlockStanding find(const bitcoin::BlockHash& hash) {
        std::optional<BlockStanding> standing;
        source->find_block(hash, [&](const auto& got) { standing = got; });
        EXPECT_TRUE(run_until(loop, [&] { return standing.has_value(); }));
        return standing.value_or(BlockStanding{});
    }

    noise::AuthorityPublicKey authority = identity.authority;
    std::optional<TdpSource> source{};
    std::vector<Candidate> candidates{};
    std::vector<NodeStatus> statuses{};
    std::string unusable{};
    std::optional<SubmitAnswer> answer{};
};

TEST_F(TdpSourceLink, GivesTheTemplatesOfOurServerWithTheirTransactions) {
    connect();
    const auto theirs = chain.candidate();
    EXPECT_EQ(*candidates.back().transactions, *theirs.transactions);
    EXPECT_EQ(candidates.back().block_template.merkle_path, theirs.block_template.merkle_path);
    EXPECT_EQ(statuses.back().tip, chain.tip());
    EXPECT_EQ(statuses.back().height, chain.height());
    find_block_elsewhere();
    ASSERT_TRUE(run_until(loop, [&] { return statuses.back().tip == chain.tip(); }));
    EXPECT_EQ(statuses.back().height, 1U);
    EXPECT_EQ(candidates.back().block_template.tip.prev_hash, chain.tip());
}

TEST_F(TdpSourceLink, C205_C208_ABlockGoesToTheNodeAtOnceAndItsTipIsTheAnswer) {
    connect();
    for (std::uint32_t height = 1; height <= 3; ++height) {
        const auto block = solve_last();
        const auto answer_now = submit_and_wait(block);
        EXPECT_EQ(answer_now.kind, SubmitAnswer::Kind::accepted) << answer_now.reason;
        EXPECT_EQ(chain.tip(), block.hash);
        EXPECT_EQ(chain.height(), height);
        EXPECT_EQ(find(block.hash), (BlockStanding{BlockStanding::Kind::in_chain, 1}));
        wait_for_template();
    }
    EXPECT_EQ(solutions.size(), 3U);
}

TEST_F(TdpSourceLink, TakesOnlySolutionsOfItsOwnTemplates) {
    connect();
    auto block = solve_last();
    block.origin.reset();
    EXPECT_EQ(submit_and_wait(block).kind, SubmitAnswer::Kind::unsupported);
    block.origin = 1;
    EXPECT_EQ(submit_and_wait(block).kind, SubmitAnswer::Kind::unsupported);
    EXPECT_TRUE(solutions.empty());
    EXPECT_EQ(find(block.hash), BlockStanding{});
}

TEST_F(TdpSourceLink, SaysThatItDoesNotKnowWhereTheNodeIsSilent) {
    connect();
    auto block = solve_last();
    // A coinbase of another template: no block for this node, which has no way to say so.
    candidates.back().block_template.coinbase_tx_value_remaining += 1;
    block = solve_last();
    submit(block);
    ASSERT_TRUE(run_until(loop, [&] { return solutions.size() == 1; }));
    EXPECT_FALSE(answer);
    clock.advance(TdpSubmissions::patience);
    EXPECT_EQ(answered().kind, SubmitAnswer::Kind::unreachable);
    submit(block);
    find_block_elsewhere();
    ASSERT_TRUE(run_until(loop, [&] { return statuses.back().tip == chain.tip(); }));
    clock.advance(TdpSubmissions::patience);
    EXPECT_EQ(answered().kind, SubmitAnswer::Kind::rejected);
    EXPECT_THAT(answer->reason, HasSubstr("inconclusive"));
}

TEST_F(TdpSourceLink, ConnectsAgainAndLearnsOfABlockByTheFirstTip) {
    connect();
    const auto block = solve_last();
    // The node takes the block, and the connection ends before it could say so.
    ASSERT_EQ(chain.submit_block(block.bytes, clock.unix_now()), std::nullopt);
    server.reset();
    ASSERT_TRUE(run_until(loop, [&] { return !is_reachable(); }));
    EXPECT_THAT(why(), HasSubstr("connection ended"));
    EXPECT_EQ(submit_and_wait(block).kind, SubmitAnswer::Kind::unreachable);
    add_template();
    open();
    wait_for_template();
    EXPECT_EQ(submit_and_wait(block).kind, SubmitAnswer::Kind::accepted);
    const auto other = solve_last();
    EXPECT_EQ(
        submit_and_wait({.hash = other.hash, .bytes = other.bytes, .origin = block.origin}).kind,
        SubmitAnswer::Kind::unsupported)
        << "a name of the connection that ended";
    EXPECT_EQ(unusable, "");
}

TEST_F(TdpSourceLink, AnswersForABlockWhoseConnectionIsLost) {
    connect();
    submit(solve_last());
    server.reset();
    EXPECT_EQ(answered().kind, SubmitAnswer::Kind::unreachable);
}

TEST_F(TdpSourceLink, SaysThatTheAuthorityIsAnother) {
    authority = make_identity(random).authority;
    open();
    start(server->port());
    ASSERT_TRUE(run_until(loop, [&] { return !unusable.empty(); }));
    EXPECT_THAT(unusable, HasSubstr("signed by another authority"));
    EXPECT_THAT(unusable, HasSubstr("127.0.0.1"));
    EXPECT_FALSE(is_reachable());
}

TEST_F(TdpSourceLink, KeepsTryingWhereTheAuthorityWasGoodOnce) {
    connect();
    server.reset();
    auto good = std::exchange(identity, make_identity(random));
    open();
    ASSERT_TRUE(
        run_until(loop, [&] { return why().find("another authority") != std::string::npos; }));
    EXPECT_EQ(unusable, "");
    server.reset();
    identity = std::move(good);
    open();
    EXPECT_TRUE(run_until(loop, [&] { return is_reachable(); }));
}

TEST_F(TdpSourceLink, WaitsForANodeThatIsNotThere) {
    tcp::acceptor taken{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    const auto port = taken.local_endpoint().port();
    taken.close();
    start(port);
    ASSERT_TRUE(run_until(loop, [&] { return !statuses.empty(); }));
    EXPECT_THAT(why(), HasSubstr("cannot connect"));
    settings.listen.port = port;
    open();
    EXPECT_TRUE(run_until(loop, [&] { return is_reachable(); }));
    EXPECT_EQ(unusable, "");
}

/// Something that listens and is not a node of ours.
class StrangeNode {
  public:
    using Act = std::function<void(edge::Link& link, const sv2::FrameHeader&)>;

    StrangeNode(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                const noise::GatewayIdentity& identity, Act act)
        : clock_(clock),
          random_(random),
          identity_(identity),
          act_(std::move(act)),
          acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}) {
        accept();
    }
    ~StrangeNode() {
        for (const auto& link : links_) link->close("test-over");
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t connections() const { return links_.size(); }

  private:
    void accept() {
        acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
            if (error) return;
            auto& link = links_.emplace_back();
            link = std::make_shared<edge::Link>(
                std::move(socket), clock_,
                edge::Link::Limits{.payload_max = 1 << 20,
                                   .unread_max = 1 << 24,
                                   .frame_deadline = 30s,
                                   .write_stall_deadline = 30s},
                edge::Link::Callbacks{
                    .on_open = [] {},
                    .on_frame = [this, one = link.get(), index = links_.size() - 1](
                                    const auto& header, auto) { act_(*links_[index], header); },
                    .on_drained = [] {},
                    .on_closed = [](auto) {}});
            link->accept(identity_, noise::make_ephemeral_key(random_));
            accept();
        });
    }

    const base::Clock& clock_;
    base::Random& random_;
    const noise::GatewayIdentity& identity_;
    Act act_;
    tcp::acceptor acceptor_;
    std::vector<std::shared_ptr<edge::Link>> links_{};
};

TEST_F(TdpSourceLink, SaysThatAServerIsNotOneForTemplates) {
    StrangeNode node{loop, clock, random, identity, [](edge::Link& link, const auto&) {
                         link.send(sv2::encode(sv2::SetupConnectionError{
                             .flags = 0, .error_code = "unsupported-protocol"}));
                         link.close("refused");
                     }};
    start(node.port());
    ASSERT_TRUE(run_until(loop, [&] { return !unusable.empty(); })) << why();
    EXPECT_THAT(unusable, HasSubstr("no template distribution server"));
}

TEST_F(TdpSourceLink, SaysThatTheVersionIsAnother) {
    StrangeNode node{loop, clock, random, identity, [](edge::Link& link, const auto&) {
                         link.send(sv2::encode(sv2::SetupConnectionError{
                             .flags = 0, .error_code = "protocol-version-mismatch"}));
                     }};
    start(node.port());
    ASSERT_TRUE(run_until(loop, [&] { return !unusable.empty(); })) << why();
    EXPECT_THAT(unusable, HasSubstr("version 2"));
}

TEST_F(TdpSourceLink, ConnectsAgainToANodeThatBreaksTheProtocol) {
    StrangeNode node{
        loop, clock, random, identity, [](edge::Link& link, const auto& header) {
            if (header.message_type == sv2::SetupConnection::info.message_type)
                link.send(sv2::encode(sv2::SetupConnectionSuccess{.used_version = 2, .flags = 0}));
            else
                link.send(sv2::encode(sv2::TemplateSetNewPrevHash{}));
        }};
    start(node.port());
    ASSERT_TRUE(run_until(loop, [&] { return node.connections() >= 3; }));
    EXPECT_TRUE(run_until(loop, [&] {
        return why().find("which is no future template") != std::string::npos;
    })) << why();
    EXPECT_EQ(unusable, "");
    EXPECT_TRUE(candidates.empty());
}

TEST_F(TdpSourceLink, GoesWhereTheNodeSendsItAndComesBack) {
    open();
    StrangeNode node{loop, clock, random, identity, [this](edge::Link& link, const auto& header) {
                         if (header.message_type == sv2::SetupConnection::info.message_type)
                             link.send(sv2::encode(
                                 sv2::Reconnect{.new_host = "", .new_port = settings.listen.port}));
                     }};
    start(node.port());
    wait_for_template();
    EXPECT_EQ(server->connections(), 1U);
    const auto before = node.connections();
    server.reset();
    EXPECT_TRUE(run_until(loop, [&] { return node.connections() > before; }))
        << "what is configured is tried again";
}

TEST_F(TdpSourceLink, SaysThatAPortSpeaksSomethingElse) {
    tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    std::optional<tcp::socket> visitor;
    acceptor.async_accept([&](const auto&, tcp::socket socket) {
        visitor.emplace(std::move(socket));
        boost::asio::write(*visitor, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n"
                                                                     "Connection: close\r\n\r\n")));
    });
    start(acceptor.local_endpoint().port());
    ASSERT_TRUE(run_until(loop, [&] { return !why().empty(); }));
    EXPECT_THAT(why(), HasSubstr("is this the port of a template provider?"));
    EXPECT_EQ(unusable, "");
}

TEST_F(TdpSourceLink, DoesNotWaitForeverForAHandshake) {
    tcp::acceptor silent{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    start(silent.local_endpoint().port());
    ASSERT_TRUE(run_until(loop, [&] { return !why().empty(); }));
    EXPECT_THAT(why(), HasSubstr("does not answer the Noise handshake"));
}

}  // namespace
}  // namespace templates
