#include "template/ipc_source.h"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>

#include "bitcoin/block.h"
#include "template/ipc_node_testing.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using Kind = SubmitAnswer::Kind;

class IpcSourceTest : public testing::Test {
  protected:
    IpcSourceTest() {
        char pattern[] = "/tmp/adit-ipc-XXXXXX";
        folder = ::mkdtemp(pattern);
        settings.socket = (folder / "node.sock").string();
        settings.retry = {.first = milliseconds{1}, .last = milliseconds{4}};
        settings.session.fee_interval = milliseconds{5};
        settings.session.status_interval = milliseconds{10};
    }
    ~IpcSourceTest() override {
        source.reset();
        node.reset();
        std::filesystem::remove_all(folder);
    }

    void start_node(IpcTestNode::Settings with = {}) {
        node.emplace(loop, settings.socket, std::move(with));
    }
    void start_source() {
        source.emplace(loop, clock, random, settings);
        source->start({.on_candidate = [this](Candidate given) { candidates.push_back(given); },
                       .on_transactions =
                           [this](std::uint64_t origin, const Transactions& transactions) {
                               for (auto& candidate : candidates)
                                   if (candidate.origin == origin && !candidate.transactions)
                                       candidate.transactions = transactions;
                           },
                       .on_status = [this](NodeStatus given) { status = std::move(given); },
                       .on_unusable = [this](std::string_view why) { unusable = why; }});
    }

    // Turns the loop until the claim holds; how long is generous, for machines that are busy.
    template <class Claim>
    bool comes_true(Claim claim) {
        const auto end = clock.steady_now() + std::chrono::seconds{20};
        while (!claim()) {
            if (clock.steady_now() > end) return false;
            loop.restart();
            loop.run_one_for(milliseconds{20});
        }
        return true;
    }
    bool has_full(std::size_t above = 0) {
        return comes_true([&] {
            return candidates.size() > above && !candidates.back().is_early &&
                   candidates.back().transactions;
        });
    }

    base::Bytes solved(const Candidate& candidate) {
        auto block = block_of(candidate);
        solve(block);
        return bitcoin::serialise(block);
    }
    SubmitAnswer submit(const base::Bytes& block, std::optional<std::uint64_t> origin) {
        std::optional<SubmitAnswer> answer;
        const auto hash = bitcoin::header_hash(base::ByteView{block}.first<bitcoin::header_size>());
        source->submit_block({.hash = hash, .bytes = block, .origin = origin},
                             [&](SubmitAnswer given) { answer = std::move(given); });
        EXPECT_TRUE(comes_true([&] { return answer.has_value(); }));
        return answer.value_or(SubmitAnswer{});
    }

    std::filesystem::path folder;
    boost::asio::io_context loop{};
    base::SystemClock clock{};
    base::SeededRandom random{1};
    IpcSource::Settings settings{};
    std::optional<IpcTestNode> node{};
    std::optional<IpcSource> source{};
    std::vector<Candidate> candidates{};
    NodeStatus status{};
    std::string unusable{};
};

TEST_F(IpcSourceTest, SpeaksToEachReleaseAndSaysToWhich) {
    const std::pair<MiningDialect, const char*> cases[] = {
        {MiningDialect::core_30, "Bitcoin Core 30"},
        {MiningDialect::core_31, "Bitcoin Core 31"},
        {MiningDialect::core_32, "/Satoshi:32.0.0/"},
    };
    for (const auto& [dialect, software] : cases) {
        SCOPED_TRACE(software);
        candidates.clear();
        start_node({.dialect = dialect});
        start_source();
        ASSERT_TRUE(has_full());
        ASSERT_TRUE(comes_true([&] { return status.software == software; })) << status.software;
        EXPECT_TRUE(status.is_reachable);
        EXPECT_EQ(status.tip, node->tip());
        EXPECT_EQ(status.height, 0U);

        const auto candidate = candidates.back();
        EXPECT_EQ(candidate.block_template.tip.height, 1U);
        EXPECT_EQ(candidate.transactions->size(), 3U);
        EXPECT_EQ(submit(solved(candidate), candidate.origin).kind, Kind::accepted);
        EXPECT_EQ(node->solutions(), 1U);
        EXPECT_EQ(node->height(), 1U);
        source.reset();
        node.reset();
    }
}

TEST_F(IpcSourceTest, MinesANewTipWithoutTransactionsFirst) {
    // A look at the fees in that moment would bring the full one first.
    settings.session.fee_interval = std::chrono::hours{1};
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    const auto before = candidates.size();
    node->extend();
    ASSERT_TRUE(comes_true([&] { return candidates.size() > before; }));
    const auto early = candidates[before];
    EXPECT_TRUE(early.is_early);
    EXPECT_EQ(early.block_template.tip.prev_hash, node->tip());
    ASSERT_TRUE(early.transactions);
    EXPECT_TRUE(early.transactions->empty());

    ASSERT_TRUE(has_full(before));
    const auto full = candidates.back();
    EXPECT_EQ(full.block_template.tip, early.block_template.tip);
    EXPECT_EQ(full.transactions->size(), 3U);
    EXPECT_EQ(full.block_template.coinbase_tx_value_remaining,
              early.block_template.coinbase_tx_value_remaining + 3'000);
    // Both can be mined.
    EXPECT_EQ(submit(solved(early), early.origin).kind, Kind::accepted);
    EXPECT_EQ(submit(solved(full), full.origin).reason, "inconclusive");
}

TEST_F(IpcSourceTest, LeavesTheEmptyTemplateOutWhereThatIsConfigured) {
    settings.session.is_empty_first = false;
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    node->extend();
    ASSERT_TRUE(
        comes_true([&] { return candidates.back().block_template.tip.prev_hash == node->tip(); }));
    for (const auto& candidate : candidates) EXPECT_FALSE(candidate.is_early);
}

TEST_F(IpcSourceTest, GivesABetterTemplateWhenFeesHaveRisenEnough) {
    settings.session.fee_threshold_sat = 2'500;
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    const auto value = candidates.back().block_template.coinbase_tx_value_remaining;
    const auto value_now = [&] {
        return candidates.back().block_template.coinbase_tx_value_remaining;
    };
    node->add_transaction();
    node->add_transaction();
    const auto until = clock.steady_now() + milliseconds{50};
    comes_true([&] { return clock.steady_now() > until; });
    EXPECT_EQ(value_now(), value) << "2,000 satoshi are not enough";
    node->add_transaction();
    ASSERT_TRUE(comes_true([&] { return value_now() == value + 3'000; }));
    ASSERT_TRUE(has_full());
    EXPECT_EQ(candidates.back().transactions->size(), 6U);
}

TEST_F(IpcSourceTest, GivesANewTemplateAfterTheIntervalWhateverTheFees) {
    settings.session.refresh_interval = milliseconds{30};
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    const auto before = candidates.size();
    node->add_transaction();
    ASSERT_TRUE(has_full(before));
    ASSERT_TRUE(comes_true([&] {
        return candidates.back().transactions && candidates.back().transactions->size() == 4U;
    }));
    // Where nothing changes, the template that is known is confirmed, and the node holds no other.
    const auto origin = candidates.back().origin;
    const auto held = node->templates_held();
    const auto made = node->templates_made();
    ASSERT_TRUE(comes_true([&] { return node->templates_made() >= made + 3; }));
    ASSERT_TRUE(comes_true([&] { return node->templates_held() <= held; }));
    EXPECT_EQ(candidates.back().origin, origin);
    EXPECT_TRUE(candidates.back().transactions);
}

TEST_F(IpcSourceTest, HoldsABoundedNumberOfTemplatesAtTheNode) {
    settings.session.fee_interval = std::chrono::hours{1};
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    for (int i = 0; i < 12; ++i) {
        const auto before = candidates.size();
        node->extend();
        ASSERT_TRUE(has_full(before + 1));
    }
    // Of four tips, an empty and a full one each.
    ASSERT_TRUE(comes_true([&] { return node->templates_held() <= 8; })) << node->templates_held();
    const auto first = candidates.front();
    EXPECT_EQ(submit(solved(first), first.origin).reason, "inconclusive");
    EXPECT_EQ(node->whole_blocks(), 1U) << "the template is not held any more";
}

TEST_F(IpcSourceTest, SubmitsAForeignTemplatesBlockAsAWhole) {
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    const auto block = solved(candidates.back());
    EXPECT_EQ(submit(block, std::nullopt).kind, Kind::accepted);
    EXPECT_EQ(submit(block, std::nullopt), (SubmitAnswer{Kind::duplicate, "duplicate"}));
    EXPECT_EQ(submit(block, candidates.front().origin + 1'000).kind, Kind::duplicate);
    EXPECT_EQ(node->whole_blocks(), 3U);
    EXPECT_EQ(node->solutions(), 0U);

    auto spoilt = block;
    spoilt[68] ^= std::byte{1};  // ntime
    EXPECT_EQ(submit(spoilt, std::nullopt).kind, Kind::rejected);
    EXPECT_EQ(submit(base::Bytes(80), std::nullopt),
              (SubmitAnswer{Kind::rejected, "the block has no transactions"}));
}

TEST_F(IpcSourceTest, SaysWhatAnOldReleaseCannotTake) {
    start_node({.dialect = MiningDialect::core_31});
    start_source();
    ASSERT_TRUE(has_full());
    const auto candidate = candidates.back();
    const auto answer = submit(solved(candidate), std::nullopt);
    EXPECT_EQ(answer.kind, Kind::unsupported);
    EXPECT_NE(answer.reason.find("Bitcoin Core 31 takes only solutions"), std::string::npos)
        << answer.reason;
    // It says yes to what it stores; whether it builds on it shows in its tip.
    node->extend();
    EXPECT_EQ(submit(solved(candidate), candidate.origin).kind, Kind::rejected);
    EXPECT_EQ(node->solutions(), 1U);
}

TEST_F(IpcSourceTest, FindsBlocksWhereTheNodeHasRpc) {
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    std::vector<BlockStanding> found;
    source->find_block(node->tip(), [&](BlockStanding standing) { found.push_back(standing); });
    source->find_block({}, [&](BlockStanding standing) { found.push_back(standing); });
    ASSERT_TRUE(comes_true([&] { return found.size() == 2; }));
    EXPECT_EQ(found[0], (BlockStanding{BlockStanding::Kind::in_chain, 1}));
    EXPECT_EQ(found[1].kind, BlockStanding::Kind::unknown);
}

TEST_F(IpcSourceTest, ConnectsAgainWhenTheNodeIsBack) {
    start_source();
    ASSERT_TRUE(comes_true([&] { return status.why.find("there is no socket") == 0; }));
    EXPECT_EQ(submit(base::Bytes(80), std::nullopt).kind, Kind::unreachable);
    start_node();
    ASSERT_TRUE(has_full());
    EXPECT_TRUE(status.is_reachable);
    const auto old = candidates.back();

    node.reset();
    ASSERT_TRUE(comes_true([&] { return !status.is_reachable; }));
    EXPECT_FALSE(status.why.empty());
    const auto answer = submit(solved(old), old.origin);
    EXPECT_EQ(answer.kind, Kind::unreachable) << answer.reason;

    const auto before = candidates.size();
    start_node();
    ASSERT_TRUE(has_full(before));
    EXPECT_TRUE(status.is_reachable);
    EXPECT_GT(candidates.back().origin, old.origin);
    EXPECT_EQ(submit(solved(old), old.origin).kind, Kind::accepted);
    EXPECT_EQ(node->whole_blocks(), 1U) << "the template was of the connection before";
}

TEST_F(IpcSourceTest, StopsAtAnotherNetwork) {
    const struct {
        IpcTestNode::Settings node;
        bitcoin::Network network;
        const char* why;
    } cases[] = {
        {{.is_test_chain = false}, bitcoin::Network::regtest, "is on the main chain"},
        {{}, bitcoin::Network::mainnet, "is on a test chain"},
        {{.dialect = MiningDialect::core_31}, bitcoin::Network::signet, "is on regtest"},
        {{.chain = "testnet4"}, bitcoin::Network::regtest, "is on chain 'testnet4'"},
    };
    for (const auto& [with, network, why] : cases) {
        SCOPED_TRACE(why);
        unusable.clear();
        settings.session.network = network;
        start_node(with);
        start_source();
        ASSERT_TRUE(comes_true([&] { return !unusable.empty(); }));
        EXPECT_NE(unusable.find(why), std::string::npos) << unusable;
        EXPECT_NE(unusable.find(settings.socket), std::string::npos) << unusable;
        EXPECT_FALSE(status.is_reachable);
        source.reset();
        node.reset();
    }
}

TEST_F(IpcSourceTest, SaysWhyThereAreNoTemplates) {
    const struct {
        IpcTestNode::Settings node;
        bitcoin::Network network;
        const char* why;
    } cases[] = {
        {{.is_loading = true}, bitcoin::Network::regtest, "is loading its chain"},
        {{.gives_no_mining = true}, bitcoin::Network::regtest, "30, 31 and 32"},
        {{.dialect = MiningDialect::core_30, .gives_no_mining = true},
         bitcoin::Network::regtest,
         "30, 31 and 32"},
        {{.is_test_chain = false, .is_initial_download = true, .chain = "main"},
         bitcoin::Network::mainnet,
         "initial block download"},
        {{.dialect = MiningDialect::core_31,
          .create_fault = "TestBlockValidity failed: bad-cb-length, Transaction check failed"},
         bitcoin::Network::regtest,
         "generate these by RPC"},
    };
    for (const auto& [with, network, why] : cases) {
        SCOPED_TRACE(why);
        settings.session.network = network;
        start_node(with);
        start_source();
        EXPECT_TRUE(comes_true([&] { return status.why.find(why) != std::string::npos; }))
            << status.why;
        EXPECT_FALSE(status.is_reachable);
        source.reset();
        node.reset();
    }
    EXPECT_TRUE(candidates.empty());
    EXPECT_TRUE(unusable.empty());
}

TEST_F(IpcSourceTest, BeginsWhenTheDownloadIsOver) {
    settings.session.network = bitcoin::Network::mainnet;
    start_node({.is_test_chain = false, .is_initial_download = true, .chain = "main"});
    start_source();
    ASSERT_TRUE(comes_true([&] { return status.is_initial_download == true; }));
    EXPECT_TRUE(candidates.empty());
    node->settings().is_initial_download = false;
    ASSERT_TRUE(has_full());
    EXPECT_TRUE(status.is_reachable);
}

TEST_F(IpcSourceTest, GivesUpOnANodeThatDoesNotAnswer) {
    settings.session.call_timeout = milliseconds{100};
    start_node();
    start_source();
    ASSERT_TRUE(has_full());
    node->settings().is_hanging = true;
    ASSERT_TRUE(comes_true([&] {
        return status.why.find("left a call unanswered") != std::string::npos;
    })) << status.why;
    node->settings().is_hanging = false;
    ASSERT_TRUE(comes_true([&] { return status.is_reachable; })) << status.why;
}

TEST_F(IpcSourceTest, IsNotConfusedByWhatIsNoNode) {
    std::ofstream{settings.socket} << "a file";
    start_source();
    ASSERT_TRUE(comes_true([&] { return status.why.find("nobody listens at socket") == 0; }))
        << status.why;
    source.reset();
    std::filesystem::remove(settings.socket);

    boost::asio::local::stream_protocol::acceptor acceptor{loop, {settings.socket}};
    acceptor.async_accept([](const auto& error, auto socket) {
        if (!error)
            boost::asio::write(socket, boost::asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    start_source();
    ASSERT_TRUE(comes_true([&] { return !status.is_reachable && !status.why.empty(); }));
    ASSERT_TRUE(comes_true([&] { return status.why.find("is loading") == std::string::npos; }));
    EXPECT_TRUE(candidates.empty());
}

TEST(IpcConnectFault, NamesCauseAndCure) {
    using namespace boost::system::errc;
    const std::pair<errc_t, const char*> cases[] = {
        {no_such_file_or_directory, "there is no socket /run/node.sock: start Bitcoin Core 30"},
        {connection_refused, "nobody listens at socket /run/node.sock: the node is not running"},
        {permission_denied, "no permission for socket /run/node.sock: "},
        {not_a_socket, "cannot connect to socket /run/node.sock: "},
    };
    for (const auto& [error, text] : cases)
        EXPECT_EQ(connect_fault("/run/node.sock", make_error_code(error)).find(text), 0U) << text;
}

}  // namespace
}  // namespace templates
