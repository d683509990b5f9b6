#include "devnode/chain_node.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/hex.h"
#include "bitcoin/block.h"
#include "template/solve_test.h"

namespace devnode {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr base::UnixMicros start{seconds{1'700'000'000}};
constexpr std::uint32_t easiest = 0x207fffff;

class Chain : public testing::Test {
  protected:
    Chain() { std::filesystem::remove(file_); }
    ~Chain() override { std::filesystem::remove(file_); }

    ChainNode::Settings settings(const std::string& file = {}) const {
        return {.chain = {.start_nbits = easiest},
                .refresh_interval = std::chrono::milliseconds{0},
                .file = file};
    }

    static json ask(ChainNode& node, const char* method, json params = json::array()) {
        json said;
        node.call({{"id", 1}, {"method", method}, {"params", std::move(params)}},
                  [&said](json answer) { said = std::move(answer); });
        return said;
    }
    static json result(ChainNode& node, const char* method, json params = json::array()) {
        return ask(node, method, std::move(params)).at("result");
    }

    /// A solved block on the chain's first: each differs by what it pays.
    std::string solved(std::uint64_t value_sat) const {
        const templates::Devchain chain{settings().chain, start};
        auto block = templates::block_of(chain.candidate(), value_sat);
        templates::solve(block);
        return base::to_hex(bitcoin::serialise(block));
    }
    static std::string hash_of(const std::string& block) {
        return bitcoin::header_hash(bitcoin::parse_block(*base::from_hex(block))->header)
            .value.to_be_hex();
    }

    std::string file_ = testing::TempDir() + "chain_node_test." + std::to_string(::getpid());
    boost::asio::io_context loop_{1};
    base::ManualClock clock_{start};
};

TEST_F(Chain, ReorganisesWhenItIsTold) {
    ChainNode node{loop_, clock_, settings()};
    const auto ours = solved(1);
    ASSERT_EQ(result(node, "submitblock", {ours}), nullptr);
    ASSERT_EQ(result(node, "getblockcount"), 1);
    EXPECT_EQ(result(node, "invalidateblock", {hash_of(ours)}), nullptr);
    EXPECT_EQ(result(node, "getblockcount"), 0);
    const auto others = result(node, "generatetodescriptor", {2, "raw(6a)"});
    ASSERT_EQ(others.size(), 2U);
    EXPECT_EQ(result(node, "getbestblockhash"), others[1]);
    EXPECT_EQ(result(node, "getblockhash", {1}), others[0]);
    EXPECT_EQ(result(node, "getblockheader", {hash_of(ours)}).at("confirmations"), -1);
    EXPECT_EQ(result(node, "getblockheader", {others[0]}).at("confirmations"), 2);
}

TEST_F(Chain, KnowsABlockThatCameTooLate) {
    ChainNode node{loop_, clock_, settings()};
    ASSERT_EQ(result(node, "submitblock", {solved(1)}), nullptr);
    const auto late = solved(2);
    EXPECT_EQ(result(node, "submitblock", {late}), "inconclusive");
    const auto header = result(node, "getblockheader", {hash_of(late)});
    EXPECT_EQ(header.at("confirmations"), -1);
    EXPECT_EQ(header.at("height"), 1);
}

TEST_F(Chain, TellsOfABlockWhatTheNextOneIsMadeOf) {
    auto settings = this->settings();
    settings.chain.retargets = false;
    ChainNode node{loop_, clock_, settings};
    const auto tip = result(node, "generatetodescriptor", {1, ""})[0];
    const auto header = result(node, "getblockheader", {tip});
    const auto next = result(node, "getblocktemplate");
    EXPECT_EQ(header.at("bits"), next.at("bits"));
    EXPECT_EQ(header.at("bits"), "207fffff");
    EXPECT_LT(header.at("mediantime"), next.at("mintime"));
    EXPECT_EQ(header.at("mediantime"), result(node, "getblockchaininfo").at("mediantime"));
    EXPECT_EQ(header.at("height").get<int>() + 1, next.at("height").get<int>());
}

TEST_F(Chain, RefusesToTakeBackWhatItDoesNotHave) {
    ChainNode node{loop_, clock_, settings()};
    for (const auto& hash : {std::string(64, '0'), std::string{"no hash"}}) {
        SCOPED_TRACE(hash);
        EXPECT_EQ(ask(node, "invalidateblock", {hash}).at("error").at("message"),
                  "Block not found");
    }
    EXPECT_EQ(ask(node, "generatetodescriptor", {1001, ""}).at("error").at("code"), -8);
}

TEST_F(Chain, TellsWhoWaitsForAnotherTip) {
    ChainNode node{loop_, clock_, settings()};
    const auto tip = result(node, "getbestblockhash");
    json heard;
    node.call({{"id", 7},
               {"method", "getblocktemplate"},
               {"params", json::array({json{{"longpollid", tip}}})}},
              [&heard](json answer) { heard = std::move(answer); });
    EXPECT_TRUE(heard.is_null());
    const auto others = result(node, "generatetodescriptor", {1, ""});
    ASSERT_FALSE(heard.is_null());
    EXPECT_EQ(heard.at("result").at("previousblockhash"), others[0]);
}

TEST_F(Chain, GoesOnWhereItWas) {
    const auto ours = solved(1);
    const auto late = solved(2);
    std::string tip;
    {
        ChainNode node{loop_, clock_, settings(file_)};
        ASSERT_EQ(result(node, "submitblock", {ours}), nullptr);
        ASSERT_EQ(result(node, "submitblock", {late}), "inconclusive");
        const auto lost = result(node, "generatetodescriptor", {3, ""});
        ASSERT_EQ(result(node, "invalidateblock", {lost[1]}), nullptr);
        tip = result(node, "generatetodescriptor", {1, ""})[0];
    }
    clock_.advance(seconds{60});
    ChainNode node{loop_, clock_, settings(file_)};
    EXPECT_EQ(result(node, "getblockcount"), 3);
    EXPECT_EQ(result(node, "getbestblockhash"), tip);
    EXPECT_EQ(result(node, "getblockhash", {1}), hash_of(ours));
    EXPECT_EQ(result(node, "submitblock", {ours}), "duplicate");
    EXPECT_EQ(result(node, "getblockheader", {hash_of(late)}).at("confirmations"), -1);
}

TEST_F(Chain, GoesOnWithNoOtherSettings) {
    {
        ChainNode{loop_, clock_, settings(file_)}.call({}, [](const json&) {});
    }
    {
        ChainNode node{loop_, clock_, settings(file_)};
        ASSERT_EQ(result(node, "submitblock", {solved(1)}), nullptr);
    }
    auto other = settings(file_);
    other.chain.start_nbits = 0x1e00ffff;
    EXPECT_THROW((ChainNode{loop_, clock_, other}), std::runtime_error);
}

}  // namespace
}  // namespace devnode
