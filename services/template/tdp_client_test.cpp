#include "template/tdp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/random.h"
#include "bitcoin/transaction.h"
#include "sv2/limits.h"
#include "template/tdp_testing.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::uint64_t first_origin = 1000;
constexpr std::uint32_t easy_nbits = 0x207fffff;

class TdpClientTest : public testing::Test {
  protected:
    /// As far as the node's first word.
    void connect() {
        client.on_connected(effects);
        setup = frames_of(effects.frames).front();
        effects = {};
    }
    void set_up() {
        connect();
        hear(sv2::SetupConnectionSuccess{.used_version = 2, .flags = 0});
    }
    template <class M>
    void hear(const M& message) {
        hear_frame(frame_of(message));
    }
    void hear_frame(const SentFrame& frame) {
        effects = {};
        client.on_frame(frame.header, frame.payload, now, effects);
    }
    void tick() {
        effects = {};
        client.on_tick(now, effects);
    }
    std::vector<SentFrame> sent() const { return frames_of(effects.frames); }
    std::string failure() const { return effects.failure ? effects.failure->why : ""; }

    /// A template of height 5 with one output of its own.
    sv2::NewTemplate new_template(std::uint64_t id, bool is_future) {
        return {.template_id = {id},
                .future_template = is_future,
                .version = 0x20000000,
                .coinbase_tx_version = 2,
                .coinbase_prefix = prefix,
                .coinbase_tx_input_sequence = 0xfffffffe,
                .coinbase_tx_value_remaining = 5'000'000'000 + id,
                .coinbase_tx_outputs_count = 1,
                .coinbase_tx_outputs = outputs,
                .coinbase_tx_locktime = 4,
                .merkle_path = path};
    }
    static sv2::TemplateSetNewPrevHash tip(std::uint64_t id, int byte) {
        return {.template_id = {id},
                .prev_hash = filled(byte),
                .header_timestamp = 1'700'000'123,
                .nbits = easy_nbits,
                .target = filled(0xff)};
    }

    base::SteadyTime now{1h};
    base::Bytes prefix = bitcoin::height_push(5);
    base::Bytes outputs = [] {
        base::Bytes bytes;
        bitcoin::append_output(bytes,
                               {.value_sat = 0, .script = bitcoin::witness_commitment_script({})});
        return bytes;
    }();
    std::vector<sv2::U256> path{filled(0xaa), filled(0xbb)};
    TdpClient client{{.host = "node.example",
                      .port = 8442,
                      .outputs_bytes_max = 1000,
                      .outputs_sigops_max = 7,
                      .first_origin = first_origin},
                     now};
    TdpClient::Effects effects{};
    SentFrame setup{};
};

TEST_F(TdpClientTest, SaysWhatItIsAndWhomItDialled) {
    connect();
    const auto said = setup.as<sv2::SetupConnection>();
    EXPECT_EQ(said.protocol, sv2::Protocol::template_distribution);
    EXPECT_EQ(said.min_version, 2);
    EXPECT_EQ(said.max_version, 2);
    EXPECT_EQ(said.flags, 0U);
    EXPECT_EQ(said.endpoint_host, "node.example");
    EXPECT_EQ(said.endpoint_port, 8442);
    EXPECT_FALSE(said.vendor.empty());
    EXPECT_TRUE(said.device_id.empty());
}

TEST_F(TdpClientTest, C191_SendsItsConstraintsAsSoonAsItIsSetUp) {
    set_up();
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent().front().as<sv2::CoinbaseOutputConstraints>(),
              (sv2::CoinbaseOutputConstraints{1000, 7}));
}

TEST_F(TdpClientTest, SaysWhyANodeIsOfNoUse) {
    const struct {
        const char* code;
        const char* text;
    } cases[] = {
        {"unsupported-protocol", "no template distribution server"},
        {"protocol-version-mismatch", "does not speak version 2"},
        {"something\nelse", "something\\x0aelse"},
    };
    for (const auto& [code, text] : cases) {
        connect();
        hear(sv2::SetupConnectionError{.flags = 0, .error_code = code});
        ASSERT_TRUE(effects.failure);
        EXPECT_EQ(effects.failure->kind, TdpClient::Failure::Kind::unsuitable);
        EXPECT_THAT(failure(), HasSubstr(text));
    }
    hear(sv2::SetupConnectionSuccess{.used_version = 3, .flags = 0});
    EXPECT_THAT(failure(), HasSubstr("version 3"));
    EXPECT_EQ(effects.failure->kind, TdpClient::Failure::Kind::unsuitable);
}

TEST_F(TdpClientTest, C199_KeepsFutureTemplatesUntilTheirTipComes) {
    set_up();
    for (const std::uint64_t id : {3U, 5U, 9U}) {
        hear(new_template(id, true));
        EXPECT_FALSE(effects.failure) << failure();
        EXPECT_TRUE(effects.candidates.empty());
    }
    hear(tip(5, 0x11));
    ASSERT_EQ(effects.candidates.size(), 1U) << failure();
    const auto& candidate = effects.candidates.front();
    EXPECT_EQ(candidate.block_template.coinbase_tx_value_remaining, 5'000'000'005U);
    EXPECT_EQ(candidate.block_template.tip.height, 5U);
    EXPECT_EQ(candidate.block_template.tip.nbits, easy_nbits);
    EXPECT_EQ(candidate.block_template.tip.prev_hash.value,
              bitcoin::Uint256::from_bytes(filled(0x11)));
    EXPECT_EQ(candidate.block_template.merkle_path.size(), 2U);
    EXPECT_TRUE(candidate.block_template.segwit);
    EXPECT_EQ(candidate.transactions, nullptr);
    EXPECT_EQ(effects.tip->value, bitcoin::Uint256::from_bytes(filled(0x11)));
    hear(tip(9, 0x12));
    EXPECT_THAT(failure(), HasSubstr("template 9, which is no future template"))
        << "the others belonged to a tip that never came";
}

TEST_F(TdpClientTest, BoundsTheFutureTemplatesThatItKeeps) {
    set_up();
    const auto most = sv2::limits::future_jobs_per_channel_max;
    for (std::uint64_t id = 0; id <= most; ++id) hear(new_template(id, true));
    hear(tip(0, 0x11));
    EXPECT_NE(failure(), "") << "the oldest went";
    hear(tip(1, 0x11));
    EXPECT_EQ(effects.candidates.size(), 1U);
}

TEST_F(TdpClientTest, TakesTemplatesOfTheTipThatItHas) {
    set_up();
    hear(new_template(1, true));
    hear(tip(1, 0x11));
    hear(new_template(2, false));
    ASSERT_EQ(effects.candidates.size(), 1U) << failure();
    EXPECT_EQ(effects.candidates.front().block_template.tip.prev_hash.value,
              bitcoin::Uint256::from_bytes(filled(0x11)));
    EXPECT_FALSE(effects.tip);
    EXPECT_EQ(effects.candidates.front().origin, first_origin + 1);
    EXPECT_EQ(client.find(first_origin + 1)->id, sv2::TemplateId{2});
    EXPECT_FALSE(client.find(first_origin + 2));
    EXPECT_EQ(client.next_origin(), first_origin + 2);
}

TEST_F(TdpClientTest, C204_StartsFromTheHeaderTimestampForAllTemplatesOfTheTip) {
    set_up();
    hear(new_template(1, true));
    hear(tip(1, 0x11));
    EXPECT_EQ(effects.candidates.front().block_template.tip.min_ntime, 1'700'000'123U);
    now += 1h;
    hear(new_template(2, false));
    EXPECT_EQ(effects.candidates.front().block_template.tip.min_ntime, 1'700'000'123U);
}

TEST_F(TdpClientTest, KeepsTheFirstTimestampOfATipThatIsNamedAgain) {
    set_up();
    hear(new_template(1, true));
    hear(tip(1, 0x11));
    hear(new_template(2, true));
    auto again = tip(2, 0x11);
    again.header_timestamp += 30;
    hear(again);
    EXPECT_EQ(effects.candidates.front().block_template.tip.min_ntime, 1'700'000'123U);
    hear(new_template(3, true));
    auto next = tip(3, 0x12);
    next.header_timestamp += 60;
    hear(next);
    EXPECT_EQ(effects.candidates.front().block_template.tip.min_ntime, 1'700'000'183U);
}

TEST_F(TdpClientTest, MinesAtTheLowerOfTheTwoTargets) {
    set_up();
    auto harder = tip(1, 0x11);
    harder.target = filled(0x01);
    hear(new_template(1, true));
    hear(harder);
    EXPECT_EQ(effects.candidates.front().block_template.tip.network_target.value,
              bitcoin::Uint256::from_bytes(filled(0x01)));
    hear(new_template(2, true));
    hear(tip(2, 0x12));
    EXPECT_EQ(effects.candidates.front().block_template.tip.network_target,
              *bitcoin::expand_nbits(easy_nbits));
}

TEST_F(TdpClientTest, SaysThatTheNodeIsOnAnotherChain) {
    const struct {
        bitcoin::Network network;
        std::uint32_t nbits;
        bool is_taken;
    } cases[] = {
        {bitcoin::Network::mainnet, 0x1701f0cc, true},   // height 900,000
        {bitcoin::Network::mainnet, 0x1d00ffff, false},  // a test network's least
        {bitcoin::Network::mainnet, easy_nbits, false},
        {bitcoin::Network::testnet4, 0x1d00ffff, true},
        {bitcoin::Network::testnet4, easy_nbits, false},
        {bitcoin::Network::signet, 0x1e0377ae, true},
        {bitcoin::Network::signet, easy_nbits, false},
        {bitcoin::Network::regtest, easy_nbits, true},
    };
    for (const auto& [network, nbits, is_taken] : cases) {
        SCOPED_TRACE(nbits);
        client = TdpClient{{.network = network, .first_origin = first_origin}, now};
        set_up();
        hear(new_template(1, true));
        auto message = tip(1, 0x11);
        message.nbits = nbits;
        hear(message);
        EXPECT_EQ(effects.candidates.size(), is_taken ? 1U : 0U) << failure();
        if (is_taken) continue;
        EXPECT_THAT(failure(), HasSubstr("is on another chain"));
        EXPECT_EQ(effects.failure->kind, TdpClient::Failure::Kind::unsuitable);
    }
}

TEST_F(TdpClientTest, C201_ReadsTheOutputsWithoutACountInFront) {
    set_up();
    hear(new_template(1, true));
    hear(tip(1, 0x11));
    EXPECT_EQ(effects.candidates.front().block_template.coinbase_tx_outputs, outputs);
    EXPECT_EQ(effects.candidates.front().block_template.coinbase_tx_outputs_count, 1U);
    auto wrong = new_template(2, true);
    wrong.coinbase_tx_outputs_count = 2;
    hear(wrong);
    EXPECT_THAT(failure(), HasSubstr("says 2 outputs"));
}

TEST_F(TdpClientTest, KnowsALegacyBlockByItsMissingCommitment) {
    set_up();
    auto legacy = new_template(1, true);
    legacy.coinbase_tx_outputs_count = 0;
    legacy.coinbase_tx_outputs = {};
    hear(legacy);
    hear(tip(1, 0x11));
    EXPECT_FALSE(effects.candidates.front().block_template.segwit);
}

TEST_F(TdpClientTest, AsksForTransactionsOneTemplateAtATimeTheNewestFirst) {
    set_up();
    hear(new_template(1, true));
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent().front().as<sv2::RequestTransactionData>().template_id.value, 1U);
    hear(tip(1, 0x11));
    EXPECT_TRUE(effects.frames.empty());
    hear(new_template(2, false));
    hear(new_template(3, false));
    EXPECT_TRUE(effects.frames.empty()) << "the first has no answer yet";
    hear(sv2::RequestTransactionDataError{.template_id = {1}, .error_code = "stale-template-id"});
    EXPECT_EQ(effects.refused_transactions, "\"stale-template-id\"");
    EXPECT_EQ(sent().front().as<sv2::RequestTransactionData>().template_id.value, 3U);
    hear(sv2::RequestTransactionDataSuccess{.template_id = {3}});
    EXPECT_EQ(effects.transactions->first, first_origin + 2);
    EXPECT_EQ(sent().front().as<sv2::RequestTransactionData>().template_id.value, 2U);
}

TEST_F(TdpClientTest, C209_TakesTransactionsAsTheyAreAndLooksNotAtExcessData) {
    set_up();
    hear(new_template(1, true));
    hear(tip(1, 0x11));
    const auto odd = base::to_bytes("not a transaction at all");
    const auto excess = base::to_bytes("from the future");
    const std::vector<sv2::B0_16M> list{sv2::B0_16M{odd}, sv2::B0_16M{}};
    hear(sv2::RequestTransactionDataSuccess{
        .template_id = {1}, .excess_data = excess, .transaction_list = list});
    ASSERT_TRUE(effects.transactions) << failure();
    EXPECT_EQ(effects.transactions->first, first_origin);
    EXPECT_EQ(*effects.transactions->second, (std::vector<base::Bytes>{odd, {}}));
}

TEST_F(TdpClientTest, GivesAFutureTemplateWithTheTransactionsThatCameBeforeItsTip) {
    set_up();
    hear(new_template(1, true));
    hear(sv2::RequestTransactionDataSuccess{.template_id = {1}});
    EXPECT_FALSE(effects.transactions) << "nobody knows the candidate yet";
    hear(tip(1, 0x11));
    EXPECT_NE(effects.candidates.front().transactions, nullptr);
}

TEST_F(TdpClientTest, EndsTheConnectionOfANodeThatBreaksTheProtocol) {
    const auto in_order = [&] {
        client = TdpClient{{.first_origin = first_origin}, now};
        set_up();
        hear(new_template(4, true));
        hear(tip(4, 0x11));
        ASSERT_FALSE(effects.failure) << failure();
    };
    const struct {
        const char* what;
        std::function<void()> act;
    } cases[] = {
        {"names template 4 after 4", [&] { hear(new_template(4, false)); }},
        {"names template 3 after 4", [&] { hear(new_template(3, true)); }},
        {"which is no future template", [&] { hear(tip(7, 0x12)); }},
        {"impossible nBits",
         [&] {
             hear(new_template(5, true));
             auto wrong = tip(5, 0x12);
             wrong.nbits = 0;
             hear(wrong);
         }},
        {"of height 6",
         [&] {
             prefix = bitcoin::height_push(6);
             hear(new_template(5, false));
             prefix = bitcoin::height_push(5);
         }},
        {"does not begin its coinbase with the height",
         [&] {
             auto wrong = new_template(5, true);
             wrong.coinbase_prefix = {};
             hear(wrong);
         }},
        {"coinbase_prefix of 9 bytes",
         [&] {
             const base::Bytes nine(9);
             auto wrong = new_template(5, true);
             wrong.coinbase_prefix = nine;
             hear(wrong);
         }},
        {"worth more than there will ever be",
         [&] {
             auto wrong = new_template(5, true);
             wrong.coinbase_tx_value_remaining = ~std::uint64_t{0};
             hear(wrong);
         }},
        {"which were not asked for",
         [&] { hear(sv2::RequestTransactionDataSuccess{.template_id = {99}}); }},
        {"answers SetupConnection twice",
         [&] { hear(sv2::SetupConnectionSuccess{.used_version = 2, .flags = 0}); }},
        {"malformed NewTemplate",
         [&] {
             auto frame = frame_of(new_template(5, true));
             frame.payload.pop_back();
             hear_frame(frame);
         }},
    };
    for (const auto& [what, act] : cases) {
        SCOPED_TRACE(what);
        in_order();
        act();
        EXPECT_THAT(failure(), HasSubstr(what));
        EXPECT_EQ(effects.failure->kind, TdpClient::Failure::Kind::violation);
        EXPECT_TRUE(effects.candidates.empty());
    }
}

TEST_F(TdpClientTest, TakesNoTemplateBeforeSetupNorOneWithoutATip) {
    connect();
    hear(new_template(1, true));
    EXPECT_THAT(failure(), HasSubstr("before SetupConnection.Success"));
    set_up();
    hear(new_template(1, false));
    EXPECT_THAT(failure(), HasSubstr("a tip that it has not named"));
}

TEST_F(TdpClientTest, DropsWhatIsNotForItUntilThereIsTooMuchOfIt) {
    set_up();
    const SentFrame unknown{.header = {.message_type = 0x7f, .payload_size = 0}, .payload = {}};
    for (std::size_t i = 0; i < sv2::limits::anomalies_per_connection_max; ++i) {
        hear_frame(unknown);
        ASSERT_FALSE(effects.failure);
    }
    hear_frame(unknown);
    EXPECT_THAT(failure(), HasSubstr("too many messages"));
}

TEST_F(TdpClientTest, WaitsForTheSetupOnlySoLong) {
    connect();
    now += sv2::limits::setup_deadline;
    tick();
    EXPECT_FALSE(effects.failure);
    now += 1s;
    tick();
    EXPECT_THAT(failure(), HasSubstr("SetupConnection"));
}

TEST_F(TdpClientTest, EndsTheConnectionWhereTransactionsDoNotCome) {
    set_up();
    hear(new_template(1, true));
    now += 60s;
    tick();
    EXPECT_FALSE(effects.failure);
    now += 1s;
    tick();
    EXPECT_THAT(failure(), HasSubstr("RequestTransactionData"));
}

TEST_F(TdpClientTest, AsksAQuietNodeWhetherItLives) {
    set_up();
    hear(new_template(1, true));
    hear(sv2::RequestTransactionDataSuccess{.template_id = {1}});
    now += 61s;
    tick();
    const auto probe = sent().front().as<sv2::RequestTransactionData>().template_id;
    hear(sv2::RequestTransactionDataError{.template_id = probe,
                                          .error_code = "template-id-not-found"});
    EXPECT_FALSE(effects.failure);
    EXPECT_FALSE(effects.refused_transactions) << "no template has that name";
    now += 61s;
    tick();
    EXPECT_EQ(sent().size(), 1U) << "and again";
    now += 31s;
    tick();
    EXPECT_THAT(failure(), HasSubstr("nor does it answer"));
}

TEST_F(TdpClientTest, SurvivesWhateverANodeSends) {
    set_up();
    base::SeededRandom random{20261126};
    const auto seeds = {frame_of(new_template(1, true)), frame_of(tip(1, 0x11)),
                        frame_of(new_template(2, false)),
                        frame_of(sv2::RequestTransactionDataSuccess{.template_id = {1}}),
                        frame_of(sv2::Reconnect{.new_host = "h", .new_port = 1})};
    for (int round = 0; round < 20'000; ++round) {
        for (auto frame : seeds) {
            const auto dice = random.next_u64();
            if (dice % 4 != 0 && !frame.payload.empty()) {
                const auto at = (dice >> 8) % frame.payload.size();
                if (dice % 4 == 1)
                    frame.payload.resize(at);
                else
                    frame.payload[at] ^= static_cast<std::byte>(dice >> 40);
            }
            hear_frame(frame);
            if (effects.failure) {
                client = TdpClient{{.first_origin = first_origin}, now};
                set_up();
            }
        }
    }
}

}  // namespace
}  // namespace templates
