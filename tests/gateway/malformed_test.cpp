#include <string_view>

#include "front_testing.h"
#include "sv2/extension_messages.h"
#include "sv2/job_declaration_messages.h"
#include "sv2/message_table.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

/// What a stranger may get wrong, over a real socket: how the connection ends, and what Prometheus
/// reads of it. A well-behaved miner beside it keeps its connection.
class StrangerTest : public FrontTest {
  protected:
    StrangerTest() {
        open();
        good = connect_and_set_up();
    }

    /// The stranger is closed with this reason, which is counted once; `good` is still served.
    void expect_end(const std::string& reason) {
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 1; })) << reason;
        EXPECT_EQ(scraped("adit_gateway_connections_closed_total{reason=\"" + reason + "\"}"), "1");
        good->say(sv2::UpdateChannel{.channel_id = {99}});
        EXPECT_TRUE(run_until(loop, [&] { return !good->heard().empty(); })) << "others notice";
    }
    std::string malformed(std::string_view message, std::string_view error) {
        return scraped("adit_gateway_malformed_total{message=\"" + std::string{message} +
                       "\",error=\"" + std::string{error} + "\"}");
    }
    std::string strays(const std::string& kind) {
        return scraped("adit_gateway_stray_frames_total{kind=\"" + kind + "\"}");
    }
    /// A frame with this payload, whatever the message would say.
    template <class Message>
    static base::Bytes frame_of(base::ByteView payload) {
        base::Bytes frame;
        base::append(frame, sv2::encode_header(sv2::header_of<Message>(payload.size())));
        base::append(frame, payload);
        return frame;
    }
    template <class Message>
    static base::Bytes payload_of(const Message& message) {
        const auto frame = sv2::encode(message);
        return base::to_bytes(base::ByteView{frame}.subspan(sv2::frame_header_size));
    }
    /// The front has read everything: it has answered what came after it.
    void expect_still_served(TestMiner& miner) {
        miner.heard();
        miner.say(sv2::UpdateChannel{.channel_id = {99}});
        EXPECT_TRUE(run_until(loop, [&] { return !miner.heard().empty(); }));
    }

    std::unique_ptr<TestMiner> good{};
};

TEST_F(StrangerTest, AnActOneOfWhichNoSecretComesIsRefused) {
    const auto bad = connect();
    // u = 0 is replaced by 1 (BIP 324), so that no encoding is unusable: what fails is what
    // follows.
    bad->send_raw(base::Bytes(noise::act1_size));
    EXPECT_TRUE(run_until(loop, [&] { return metrics.handshakes.with({"ok"}).value() == 2; }));
    bad->send_raw(base::Bytes(noise::sealed_header_size));
    expect_end("authentication-failed");
}

TEST_F(StrangerTest, GarbageInsteadOfAHandshakeEndsWithTheFirstFrame) {
    const auto bad = connect();
    base::Bytes garbage(noise::act1_size + noise::sealed_header_size);
    random.fill(garbage);
    bad->send_raw(garbage);
    expect_end("authentication-failed");
}

TEST_F(StrangerTest, PlainTextInsteadOfAHandshakeIsNamed) {
    const auto bad = connect();
    bad->send_raw(base::as_bytes(R"({"id":1,"method":"mining.subscribe","params":[]})"));
    expect_end("plain-text");
    EXPECT_EQ(scraped("adit_gateway_handshakes_total{result=\"plain-text\"}"), "1");
}

TEST_F(StrangerTest, HalfAnActOneAndThenNothingIsCounted) {
    {
        const auto bad = connect();
        bad->send_raw(base::Bytes(noise::act1_size - 1, std::byte{0xff}));
    }
    expect_end("by-miner");
    EXPECT_EQ(scraped("adit_gateway_handshakes_total{result=\"by-miner\"}"), "1");
}

TEST_F(StrangerTest, C062_AFlippedBitAnywhereInAFrameEndsTheConnection) {
    const struct {
        const char* where;
        std::size_t at;
    } cases[] = {
        {"the header", 0},
        {"the header's MAC", noise::sealed_header_size - 1},
        {"the payload", noise::sealed_header_size},
        {"the payload's MAC", noise::sealed_header_size + 20},
    };
    std::uint64_t ended = 0;
    for (const auto& [where, at] : cases) {
        SCOPED_TRACE(where);
        const auto bad = connect_and_set_up();
        auto frame = bad->sealed(sv2::CloseChannel{.channel_id = {1}, .reason_code = ""});
        ASSERT_EQ(frame.size(), noise::sealed_header_size + 5 + noise::mac_size);
        frame[at] ^= std::byte{1};
        bad->send_raw(frame);
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 1; }));
        EXPECT_EQ(closed("authentication-failed"), ++ended);
    }
}

TEST_F(StrangerTest, AFrameThatIsReplayedEndsTheConnection) {
    const auto bad = connect_and_set_up();
    const auto frame = bad->sealed(sv2::UpdateChannel{.channel_id = {99}});
    bad->send_raw(frame);
    EXPECT_TRUE(run_until(loop, [&] { return !bad->heard().empty(); })) << "once is fine";
    bad->send_raw(frame);
    expect_end("authentication-failed");
}

TEST_F(StrangerTest, FramesInAnotherOrderEndTheConnection) {
    const auto bad = connect_and_set_up();
    const auto first = bad->sealed(sv2::UpdateChannel{.channel_id = {98}});
    const auto second = bad->sealed(sv2::UpdateChannel{.channel_id = {99}});
    bad->send_raw(second);
    bad->send_raw(first);
    expect_end("authentication-failed");
    EXPECT_TRUE(bad->heard().empty()) << "nothing of it was acted on";
}

TEST_F(StrangerTest, AFrameThatIsTooLongIsRefusedFromItsHeaderAlone) {
    const auto bad = connect_and_set_up();
    const auto at_limit = bad->sealed_frame(
        frame_of<sv2::UpdateChannel>(base::Bytes(limits.frame_payload_max, std::byte{0xff})));
    bad->send_raw(at_limit);
    expect_still_served(*bad);
    const auto beyond =
        bad->sealed_frame(frame_of<sv2::UpdateChannel>(base::Bytes(limits.frame_payload_max + 1)));
    bad->send_raw(base::ByteView{beyond}.first(noise::sealed_header_size));
    expect_end("frame-too-large");
}

TEST_F(StrangerTest, MemoryFollowsTheBytesThatCameNotThoseThatAreAnnounced) {
    const auto bad = connect_and_set_up();
    const auto before = front->memory();
    const auto frame =
        bad->sealed_frame(frame_of<sv2::UpdateChannel>(base::Bytes(limits.frame_payload_max)));
    bad->send_raw(base::ByteView{frame}.first(noise::sealed_header_size + 100));
    loop.run_for(50ms);
    EXPECT_LE(front->memory() - before, 4096U);
    bad->send_raw(base::ByteView{frame}.subspan(noise::sealed_header_size + 100));
    expect_still_served(*bad);
}

TEST_F(StrangerTest, C012_AFieldPastThePayloadsEndIsMalformedInEveryMessageOfAMiner) {
    std::uint64_t ended = 0;
    sv2::for_each_message([&]<class M>(std::type_identity<M>) {
        constexpr auto info = M::info;
        constexpr bool is_ours = info.family == sv2::MessageFamily::mining ||
                                 info.family == sv2::MessageFamily::common ||
                                 info.family == sv2::MessageFamily::negotiation;
        if (!is_ours || info.direction == sv2::Direction::to_client) return;
        const auto payload = payload_of(M{});
        for (const std::size_t size : {payload.size() - 1, std::size_t{0}}) {
            SCOPED_TRACE(std::string{info.name} + " with " + std::to_string(size) + " of " +
                         std::to_string(payload.size()) + " bytes");
            const bool is_first = std::is_same_v<M, sv2::SetupConnection>;
            const auto bad = is_first ? connect_and_shake_hands() : connect_and_set_up();
            bad->send_raw(bad->sealed_frame(frame_of<M>(base::ByteView{payload}.first(size))));
            EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 1; }));
            EXPECT_EQ(closed("malformed"), ++ended);
        }
        EXPECT_EQ(malformed(info.name, "overrun"), "2");
    });
    EXPECT_EQ(ended, 2U * 9U) << "the messages that a miner may send";
}

TEST_F(StrangerTest, AnExtranonceLongerThanItsTypeIsMalformed) {
    const base::Bytes longest(32, std::byte{1});
    auto payload = payload_of(sv2::SubmitSharesExtended{.channel_id = {99}, .extranonce = longest});
    const auto bad = connect_and_set_up();
    bad->send_raw(bad->sealed_frame(frame_of<sv2::SubmitSharesExtended>(payload)));
    expect_still_served(*bad);
    payload[payload.size() - 33] = std::byte{33};
    payload.push_back(std::byte{1});
    bad->send_raw(bad->sealed_frame(frame_of<sv2::SubmitSharesExtended>(payload)));
    expect_end("malformed");
    EXPECT_EQ(malformed("SubmitSharesExtended", "too-long"), "1");
}

TEST_F(StrangerTest, ACountThatTheRestCannotHoldIsMalformed) {
    auto payload = payload_of(sv2::RequestExtensions{});
    payload[payload.size() - 2] = std::byte{0xff};
    payload[payload.size() - 1] = std::byte{0xff};
    const auto bad = connect_and_set_up();
    bad->send_raw(bad->sealed_frame(frame_of<sv2::RequestExtensions>(payload)));
    expect_end("malformed");
    EXPECT_EQ(malformed("RequestExtensions", "overrun"), "1");
}

// No message of a miner has an OPTION; in one of the pool's, which is not looked into, a bad count
// does no harm. Whoever does decode it refuses it: Codec.RefusesAnOption... in libs/sv2.
TEST_F(StrangerTest, AnOptionWithACountOfTwoIsNotEvenLookedAt) {
    auto payload = payload_of(sv2::NewMiningJob{});
    payload[8] = std::byte{2};
    ASSERT_EQ(sv2::decode<sv2::NewMiningJob>(payload).error(), sv2::DecodeError::bad_option);
    const auto bad = connect_and_set_up();
    bad->send_raw(bad->sealed_frame(frame_of<sv2::NewMiningJob>(payload)));
    expect_still_served(*bad);
    EXPECT_EQ(strays("wrong-direction"), "1");
}

TEST_F(StrangerTest, StrayFramesAreDroppedAndCountedByKind) {
    sv2::UpdateChannel update{.channel_id = {99}};
    auto wrong_bit = sv2::encode(update);
    wrong_bit[1] ^= std::byte{0x80};
    auto unknown_type = sv2::encode(update);
    unknown_type[2] = std::byte{0xee};
    auto unknown_extension = sv2::encode(update);
    unknown_extension[0] = std::byte{0x77};
    const struct {
        const char* kind;
        base::Bytes frame;
        bool is_answered;
    } cases[] = {
        {"unknown-type", unknown_type, false},
        {"wrong-protocol", sv2::encode(sv2::PushSolution{}), false},
        {"wrong-direction", sv2::encode(sv2::SetTarget{}), false},
        {"unknown-extension", unknown_extension, false},
        {"wrong-channel-bit", wrong_bit, true},
    };
    const auto odd = connect_and_set_up();
    for (const auto& [kind, frame, is_answered] : cases) {
        SCOPED_TRACE(kind);
        EXPECT_EQ(strays(kind), "0");
        odd->send_raw(odd->sealed_frame(frame));
        EXPECT_TRUE(run_until(loop, [&] { return strays(kind) == "1"; }));
        loop.run_for(20ms);
        EXPECT_EQ(!odd->heard().empty(), is_answered);
    }
    expect_still_served(*odd);
}

TEST_F(StrangerTest, AnEmptyPayloadOfAnUnknownExtensionIsIgnored) {
    const auto odd = connect_and_set_up();
    odd->send_raw(odd->sealed_frame(sv2::encode_header({.extension_type = 0x77})));
    expect_still_served(*odd);
    EXPECT_EQ(strays("unknown-extension"), "1");
}

TEST_F(StrangerTest, TooManyStrayFramesEndTheConnection) {
    const auto odd = connect_and_set_up();
    for (std::size_t i = 0; i < limits.session.anomalies_max; ++i) odd->say(sv2::SetTarget{});
    expect_still_served(*odd);
    odd->say(sv2::SetTarget{});
    expect_end("too-many-anomalies");
    EXPECT_EQ(strays("wrong-direction"), std::to_string(limits.session.anomalies_max + 1));
}

TEST_F(StrangerTest, C080_AnythingBeforeSetupConnectionEndsTheConnection) {
    const auto bad = connect_and_shake_hands();
    bad->say(sv2::UpdateChannel{.channel_id = {99}});
    expect_end("before-setup");
}

TEST_F(StrangerTest, C080_ASecondSetupConnectionEndsTheConnection) {
    const auto bad = connect_and_set_up();
    bad->say(setup());
    expect_end("second-setup");
}

TEST_F(StrangerTest, C079_ASetupForAnotherProtocolIsAnsweredAndEnds) {
    const auto bad = connect_and_shake_hands();
    auto other = setup();
    other.protocol = sv2::Protocol::template_distribution;
    bad->say(other);
    expect_end("unsupported-protocol");
    EXPECT_EQ(bad->heard(),
              std::vector<std::uint8_t>{sv2::SetupConnectionError::info.message_type});
}

}  // namespace
}  // namespace gateway
