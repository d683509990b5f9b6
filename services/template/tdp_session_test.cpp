#include "template/tdp_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <utility>

#include "base/random.h"
#include "bitcoin/block.h"
#include "sv2/error_codes.h"
#include "sv2/extension_messages.h"
#include "template/solve_test.h"
#include "template/tdp_client.h"
#include "template/tdp_testing.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr sv2::SetupConnection good_setup{
    .protocol = sv2::Protocol::template_distribution, .min_version = 2, .max_version = 2};

class TdpSessionTest : public testing::Test {
  protected:
    TdpSessionTest() { store.begin_epoch(mining::Epoch{1}); }

    /// The chain's best template is now the store's.
    void add_template() { store.add(chain.candidate(), {.node = 0, .name = ++name}); }
    void find_block() {
        now.unix_seconds += 600;
        chain.extend_by_others(base::UnixMicros{std::chrono::seconds{now.unix_seconds}});
        add_template();
    }

    template <class M>
    void hear(const M& message) {
        hear_frame(frame_of(message));
    }
    void hear_frame(const SentFrame& frame) {
        effects = {};
        session->on_frame(frame.header, frame.payload, now, effects);
    }
    std::vector<SentFrame> sent() const { return frames_of(effects.frames); }
    std::vector<SentFrame> on_template() {
        effects = {};
        session->on_template(now, effects);
        return sent();
    }
    std::vector<SentFrame> ask(std::uint64_t id) {
        hear(sv2::RequestTransactionData{{id}});
        return sent();
    }
    void serve() {
        hear(good_setup);
        hear(sv2::CoinbaseOutputConstraints{100, 0});
    }
    /// What a client of template `id` sends when it has found a block.
    sv2::SubmitSolution solve_current(std::uint64_t id, bool fails = false) {
        auto block = block_of(to_candidate(*store.current()));
        solve(block, fails);
        coinbase = bitcoin::serialise(block.transactions.front());
        solved = block;
        return {.template_id = {id},
                .version = block.header.version,
                .header_timestamp = block.header.ntime,
                .header_nonce = block.header.nonce,
                .coinbase_tx = coinbase};
    }

    Devchain chain = easy_chain();
    TemplateStore store{};
    std::uint64_t name = 0;
    TdpSession::Now now{.steady = base::SteadyTime{1h}, .unix_seconds = 1'700'000'050};
    std::optional<TdpSession> session{
        std::in_place, store,
        TdpSession::Limits{.outputs_bytes_max = 1000, .outputs_sigops_max = 400}};
    TdpSession::Effects effects{};
    base::Bytes coinbase{};
    bitcoin::Block solved{};
};

TEST_F(TdpSessionTest, C192_AnswersConstraintsAtOnceWithTheBestTemplate) {
    add_template();
    hear(good_setup);
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent().front().as<sv2::SetupConnectionSuccess>(),
              (sv2::SetupConnectionSuccess{.used_version = 2, .flags = 0}));
    EXPECT_FALSE(session->is_served());
    hear(sv2::CoinbaseOutputConstraints{1000, 400});
    const auto frames = sent();
    ASSERT_EQ(frames.size(), 2U);
    const auto told = frames[0].as<sv2::NewTemplate>();
    const auto tip = frames[1].as<sv2::TemplateSetNewPrevHash>();
    const auto& ours = store.current()->block_template;
    EXPECT_TRUE(told.future_template);
    EXPECT_EQ(told.template_id, tip.template_id);
    EXPECT_EQ(told.coinbase_tx_value_remaining, ours.coinbase_tx_value_remaining);
    EXPECT_EQ(bitcoin::Uint256::from_bytes(tip.prev_hash), ours.tip.prev_hash.value);
    EXPECT_EQ(tip.nbits, ours.tip.nbits);
    EXPECT_EQ(bitcoin::Uint256::from_bytes(tip.target), ours.tip.network_target.value);
    EXPECT_EQ(tip.header_timestamp, 1'700'000'050U) << "now, which is past min_ntime";
    EXPECT_TRUE(session->is_served());
}

TEST_F(TdpSessionTest, ServesWhoCameBeforeTheFirstTemplate) {
    serve();
    EXPECT_TRUE(effects.frames.empty());
    add_template();
    EXPECT_EQ(on_template().size(), 2U);
}

TEST_F(TdpSessionTest, C193_C197_C198_SendsAFutureTemplateAndThenTheTipOfEachBlock) {
    add_template();
    serve();
    for (int i = 0; i < 3; ++i) {
        find_block();
        const auto frames = on_template();
        ASSERT_EQ(frames.size(), 2U) << "in one write";
        EXPECT_TRUE(frames[0].as<sv2::NewTemplate>().future_template);
        EXPECT_EQ(bitcoin::BlockHash{bitcoin::Uint256::from_bytes(
                      frames[1].as<sv2::TemplateSetNewPrevHash>().prev_hash)},
                  chain.tip());
    }
}

TEST_F(TdpSessionTest, C194_SendsABetterTemplateOfTheSameTip) {
    add_template();
    serve();
    EXPECT_TRUE(on_template().empty()) << "nothing is new";
    const auto before = store.current()->block_template.coinbase_tx_value_remaining;
    chain.add_transaction();
    add_template();
    const auto frames = on_template();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_FALSE(frames[0].as<sv2::NewTemplate>().future_template);
    EXPECT_GT(frames[0].as<sv2::NewTemplate>().coinbase_tx_value_remaining, before);
}

TEST_F(TdpSessionTest, C195_CountsTheNamesOfTemplatesUpOnEachConnection) {
    add_template();
    serve();
    std::uint64_t last = sent().front().as<sv2::NewTemplate>().template_id.value;
    for (int i = 0; i < 10; ++i) {
        i % 2 == 0 ? find_block() : (chain.add_transaction(), add_template());
        const auto id = on_template().front().as<sv2::NewTemplate>().template_id.value;
        EXPECT_GT(id, last);
        last = id;
    }
    TdpSession other{store, {}};
    TdpSession::Effects theirs;
    const auto setup = frame_of(good_setup);
    other.on_frame(setup.header, setup.payload, now, theirs);
    theirs = {};
    const auto constraints = frame_of(sv2::CoinbaseOutputConstraints{0, 0});
    other.on_frame(constraints.header, constraints.payload, now, theirs);
    EXPECT_EQ(frames_of(theirs.frames).front().as<sv2::NewTemplate>().template_id.value, 1U);
}

TEST_F(TdpSessionTest, C196_RefusesConstraintsAboveWhatTemplatesLeaveFree) {
    add_template();
    const struct {
        std::uint32_t bytes;
        std::uint16_t sigops;
        bool is_refused;
    } cases[] = {{1000, 400, false}, {1001, 400, true}, {1000, 401, true}, {~0U, 0, true}};
    for (const auto& [bytes, sigops, is_refused] : cases) {
        session.emplace(store,
                        TdpSession::Limits{.outputs_bytes_max = 1000, .outputs_sigops_max = 400});
        hear(good_setup);
        hear(sv2::CoinbaseOutputConstraints{bytes, sigops});
        EXPECT_EQ(effects.close.has_value(), is_refused) << bytes << " " << sigops;
        if (!is_refused) continue;
        EXPECT_EQ(effects.close, "constraints-too-large");
        EXPECT_TRUE(effects.frames.empty()) << "no template that its coinbase would not fit";
        EXPECT_THAT(effects.why, HasSubstr("outputs_bytes"));
    }
}

TEST_F(TdpSessionTest, SendsTheTemplateAgainWhereConstraintsChange) {
    add_template();
    serve();
    hear(sv2::CoinbaseOutputConstraints{100, 0});
    EXPECT_TRUE(effects.frames.empty());
    hear(sv2::CoinbaseOutputConstraints{200, 1});
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent().front().as<sv2::NewTemplate>().template_id.value, 2U);
}

TEST_F(TdpSessionTest, C202_IncludesTheWitnessCommitment) {
    add_template();
    serve();
    const auto frame = sent().front();
    const auto outputs = frame.as<sv2::NewTemplate>().coinbase_tx_outputs;
    EXPECT_EQ(frame.as<sv2::NewTemplate>().coinbase_tx_outputs_count, 1U);
    // The value, the size of the script, and what a commitment begins with.
    const std::array begin{std::byte{0x6a}, std::byte{0x24}, std::byte{0xaa}};
    ASSERT_GT(outputs.size(), 12U);
    EXPECT_TRUE(std::equal(begin.begin(), begin.end(), outputs.begin() + 9));
}

TEST_F(TdpSessionTest, C210_GivesTransactionsWithWitnessesAndWithoutTheCoinbase) {
    add_template();
    serve();
    const auto frames = ask(1);
    ASSERT_EQ(frames.size(), 1U);
    const auto answer = frames[0].as<sv2::RequestTransactionDataSuccess>();
    const auto candidate = chain.candidate();
    ASSERT_EQ(answer.transaction_list.size(), candidate.transactions->size());
    std::size_t i = 0;
    for (const auto bytes : answer.transaction_list) {
        EXPECT_EQ(base::to_bytes(bytes), candidate.transactions->at(i++));
        EXPECT_TRUE(bitcoin::parse_transaction(bytes)->has_witness());
        EXPECT_FALSE(bitcoin::parse_transaction(bytes)->is_coinbase());
    }
}

TEST_F(TdpSessionTest, C211_AnswersForTemplatesThatItDoesNotKnowOrThatAreStale) {
    add_template();
    serve();
    const auto error_of = [](const std::vector<SentFrame>& frames) {
        return std::string{frames.front().as<sv2::RequestTransactionDataError>().error_code};
    };
    EXPECT_EQ(error_of(ask(0)), sv2::error_code::template_id_not_found);
    EXPECT_EQ(error_of(ask(2)), sv2::error_code::template_id_not_found);
    EXPECT_EQ(ask(2).front().as<sv2::RequestTransactionDataError>().template_id.value, 2U);
    find_block();
    on_template();
    now.steady += 10s;
    EXPECT_TRUE(ask(1).front().is<sv2::RequestTransactionDataSuccess>()) << "just gone";
    now.steady += 1s;
    EXPECT_EQ(error_of(ask(1)), sv2::error_code::stale_template_id);
    for (int i = 0; i < 5; ++i) {
        find_block();
        on_template();
    }
    EXPECT_EQ(error_of(ask(1)), sv2::error_code::template_id_not_found) << "no longer held";
}

TEST_F(TdpSessionTest, AnswersWhenTheTransactionsHaveCome) {
    auto candidate = chain.candidate();
    const auto transactions = std::exchange(candidate.transactions, nullptr);
    store.add(candidate, {.node = 0, .name = 7});
    serve();
    EXPECT_TRUE(ask(1).empty());
    store.add_transactions({.node = 0, .name = 7}, transactions);
    effects = {};
    session->on_transactions(now, effects);
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_TRUE(sent().front().is<sv2::RequestTransactionDataSuccess>());
    effects = {};
    session->on_transactions(now, effects);
    EXPECT_TRUE(effects.frames.empty()) << "once";
}

TEST_F(TdpSessionTest, C208_MakesABlockOfASolution) {
    add_template();
    serve();
    hear(solve_current(1));
    ASSERT_TRUE(effects.solution) << effects.bad_solution.value_or("");
    EXPECT_EQ(effects.solution->ref, store.current()->block_template.ref);
    EXPECT_EQ(effects.solution->header, bitcoin::encode_header(solved.header));
    EXPECT_EQ(effects.solution->coinbase, coinbase);
    EXPECT_TRUE(effects.frames.empty()) << "the protocol has no answer";
}

TEST_F(TdpSessionTest, C208_TakesTheSolutionOfATemplateWhoseTipHasGone) {
    add_template();
    serve();
    const auto solution = solve_current(1);
    find_block();
    on_template();
    now.steady += 1h;
    hear(solution);
    EXPECT_TRUE(effects.solution);
}

TEST_F(TdpSessionTest, CountsWhatIsNoSolutionAndGoesOn) {
    add_template();
    serve();
    const auto bad = [&](const sv2::SubmitSolution& solution) {
        hear(solution);
        EXPECT_FALSE(effects.solution);
        EXPECT_FALSE(effects.close);
        return effects.bad_solution.value_or("");
    };
    EXPECT_EQ(bad(solve_current(9)), "unknown-template");
    EXPECT_EQ(bad(solve_current(1, true)), "high-hash");
    auto cut = solve_current(1);
    cut.coinbase_tx = base::ByteView{coinbase}.first(20);
    EXPECT_EQ(bad(cut), "no-coinbase");
}

TEST_F(TdpSessionTest, RefusesASetupThatIsNotForIt) {
    auto mining = good_setup;
    mining.protocol = sv2::Protocol::mining;
    auto future = good_setup;
    future.min_version = 3;
    future.max_version = 9;
    auto flagged = good_setup;
    flagged.flags = 5;
    const struct {
        sv2::SetupConnection setup;
        std::string_view code;
        std::uint32_t flags;
    } cases[] = {{mining, sv2::error_code::unsupported_protocol, 0},
                 {future, sv2::error_code::protocol_version_mismatch, 0},
                 {flagged, sv2::error_code::unsupported_feature_flags, 5}};
    for (const auto& [setup, code, flags] : cases) {
        session.emplace(store, TdpSession::Limits{});
        hear(setup);
        const auto frames = sent();
        const auto error = frames.front().as<sv2::SetupConnectionError>();
        EXPECT_EQ(error.error_code, code);
        EXPECT_EQ(error.flags, flags);
        EXPECT_EQ(effects.close, code);
    }
}

TEST_F(TdpSessionTest, ClosesOnWhatComesOutOfOrder) {
    add_template();
    hear(sv2::CoinbaseOutputConstraints{0, 0});
    EXPECT_EQ(effects.close, "before-setup");
    hear(good_setup);
    hear(sv2::RequestTransactionData{{1}});
    EXPECT_EQ(effects.close, "before-constraints");
    hear(solve_current(1));
    EXPECT_EQ(effects.close, "before-constraints");
    hear(good_setup);
    EXPECT_EQ(effects.close, "second-setup");
    serve();
    auto cut = frame_of(sv2::RequestTransactionData{{1}});
    cut.payload.pop_back();
    hear_frame(cut);
    EXPECT_EQ(effects.close, "malformed");
}

TEST_F(TdpSessionTest, ServesNoExtensions) {
    serve();
    const std::vector<std::uint16_t> wanted{1, 2};
    hear(sv2::RequestExtensions{.request_id = {4}, .requested_extensions = wanted});
    ASSERT_EQ(sent().size(), 1U);
    const auto frames = sent();
    const auto error = frames.front().as<sv2::RequestExtensionsError>();
    EXPECT_EQ(error.request_id.value, 4);
    EXPECT_EQ(error.unsupported_extensions.to_vector(), wanted);
}

TEST_F(TdpSessionTest, BoundsTheNamesThatItRemembers) {
    session.emplace(store, TdpSession::Limits{.templates_max = 3});
    add_template();
    serve();
    for (int i = 0; i < 3; ++i) {
        chain.add_transaction();
        add_template();
        on_template();
    }
    EXPECT_TRUE(ask(1).front().is<sv2::RequestTransactionDataError>());
    EXPECT_TRUE(ask(2).front().is<sv2::RequestTransactionDataSuccess>());
}

TEST_F(TdpSessionTest, SurvivesWhateverAClientSends) {
    add_template();
    serve();
    base::SeededRandom random{20261126};
    const auto seeds = {frame_of(sv2::RequestTransactionData{{1}}), frame_of(solve_current(1)),
                        frame_of(sv2::CoinbaseOutputConstraints{5, 5}), frame_of(good_setup)};
    for (int round = 0; round < 5'000; ++round) {
        for (auto frame : seeds) {
            const auto dice = random.next_u64();
            if (dice % 4 != 0) {
                const auto at = (dice >> 8) % frame.payload.size();
                if (dice % 4 == 1)
                    frame.payload.resize(at);
                else
                    frame.payload[at] ^= static_cast<std::byte>(dice >> 40);
            }
            hear_frame(frame);
            if (effects.close) {
                session.emplace(store, TdpSession::Limits{});
                serve();
            }
        }
    }
}

/// Our client with our server, frame by frame.
class TdpPair : public TdpSessionTest {
  protected:
    /// Carries frames to and fro until nobody has more to say.
    void exchange() {
        while (!to_client.empty() || !to_server.empty()) {
            if (!to_server.empty()) {
                const auto frame = to_server.front();
                to_server.pop_front();
                hear_frame(frame);
                EXPECT_FALSE(effects.close) << *effects.close;
                queue(to_client, effects.frames);
                if (effects.solution) solutions.push_back(*effects.solution);
            }
            if (!to_client.empty()) {
                const auto frame = to_client.front();
                to_client.pop_front();
                TdpClient::Effects heard;
                client.on_frame(frame.header, frame.payload, now.steady, heard);
                EXPECT_FALSE(heard.failure) << heard.failure->why;
                queue(to_server, heard.frames);
                for (auto& candidate : heard.candidates) candidates.push_back(candidate);
                if (heard.transactions) given.insert(*heard.transactions);
            }
        }
    }
    void connect() {
        TdpClient::Effects first;
        client.on_connected(first);
        queue(to_server, first.frames);
        exchange();
    }
    void tell() {
        on_template();
        queue(to_client, effects.frames);
        exchange();
    }
    static void queue(std::deque<SentFrame>& to, base::ByteView frames) {
        for (auto& frame : frames_of(frames)) to.push_back(std::move(frame));
    }

    TdpClient client{{.outputs_bytes_max = 1000, .outputs_sigops_max = 400, .first_origin = 1},
                     now.steady};
    std::deque<SentFrame> to_client{};
    std::deque<SentFrame> to_server{};
    std::vector<Candidate> candidates{};
    std::map<std::uint64_t, Transactions> given{};
    std::vector<TdpSession::Solution> solutions{};
};

TEST_F(TdpPair, CarriesTemplatesAndTransactionsUnchanged) {
    add_template();
    connect();
    for (int i = 0; i < 6; ++i) {
        i % 2 == 0 ? find_block() : (chain.add_transaction(), add_template());
        tell();
    }
    ASSERT_EQ(candidates.size(), 7U);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto ours = store.find(
            *mining::TemplateRef::of(mining::Epoch{1}, static_cast<std::uint32_t>(i + 1)));
        if (ours == nullptr) continue;  // of a tip that is too old
        auto told = candidates[i].block_template;
        EXPECT_GE(told.tip.min_ntime, ours->block_template.tip.min_ntime);
        told.tip.min_ntime = ours->block_template.tip.min_ntime;
        told.ref = ours->block_template.ref;
        EXPECT_EQ(told, ours->block_template);
        const auto& transactions = candidates[i].transactions ? candidates[i].transactions
                                                              : given.at(candidates[i].origin);
        EXPECT_EQ(*transactions, *to_candidate(*ours).transactions);
    }
}

}  // namespace
}  // namespace templates
