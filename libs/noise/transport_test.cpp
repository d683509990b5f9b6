#include "noise/transport.h"

#include <gtest/gtest.h>

#include <limits>

#include "noise/test_bytes.h"

namespace noise {
namespace {

constexpr auto reserved = std::numeric_limits<std::uint64_t>::max();

CipherState cipher(std::uint64_t nonce = 0) {
    return CipherState{Secret<32>{test::repeated(0x66).bytes()}, nonce};
}

base::Bytes frame_of(std::size_t payload_size) {
    base::Bytes frame(frame_header_size + payload_size);
    base::SeededRandom random{payload_size};
    random.fill(frame);
    for (std::size_t i = 0; i < 3; ++i)
        frame[3 + i] = static_cast<std::byte>(payload_size >> (8 * i));
    return frame;
}
base::Bytes sealed(FrameSealer& sealer, base::ByteView frame) {
    base::Bytes wire;
    const auto size = sealer.seal(frame, wire);
    EXPECT_EQ(size.value_or(0), wire.size());
    return wire;
}
/// Every frame that comes out when the stream is fed in pieces of one size.
std::vector<base::Bytes> opened_in_pieces(FrameOpener& opener, base::Bytes stream,
                                          std::size_t piece_size) {
    std::vector<base::Bytes> frames;
    for (std::size_t at = 0; at < stream.size(); at += piece_size) {
        auto piece = std::span{stream}.subspan(at, std::min(piece_size, stream.size() - at));
        while (!piece.empty()) {
            const auto opened = opener.open(piece, payload_size_limit);
            if (!opened) {
                ADD_FAILURE() << error_code(opened.error());
                return frames;
            }
            if (!opened->frame.empty()) frames.push_back(base::to_bytes(opened->frame));
            EXPECT_TRUE(!opened->frame.empty() || opened->consumed == piece.size());
            piece = piece.subspan(opened->consumed);
        }
    }
    return frames;
}

TEST(NoiseTransport, C056_SealsTheHeaderAloneInto22Bytes) {
    FrameSealer sealer{cipher()};
    auto by_hand = cipher();
    const auto frame = frame_of(24);
    const auto wire = sealed(sealer, frame);
    base::Bytes header(22);
    base::Bytes payload(40);
    ASSERT_TRUE(by_hand.seal({}, base::ByteView{frame}.first(6), header).has_value());
    ASSERT_TRUE(by_hand.seal({}, base::ByteView{frame}.subspan(6), payload).has_value());
    base::append(header, payload);
    EXPECT_EQ(wire, header);
}

TEST(NoiseTransport, C057_C059_SealsBlocksOf65519BytesWithOneCounterForAll) {
    FrameSealer sealer{cipher()};
    auto by_hand = cipher();
    const auto frame = frame_of(2 * block_size_max + 1);
    const auto wire = sealed(sealer, frame);
    base::Bytes expected;
    base::ByteView rest{frame};
    for (const std::size_t size :
         {std::size_t{6}, block_size_max, block_size_max, std::size_t{1}}) {
        base::Bytes part(size + mac_size);
        ASSERT_TRUE(by_hand.seal({}, rest.first(size), part).has_value());
        EXPECT_LE(part.size(), 65535U);
        base::append(expected, part);
        rest = rest.subspan(size);
    }
    EXPECT_EQ(wire, expected);
}

TEST(NoiseTransport, C058_SealsWithoutAssociatedData) {
    FrameSealer sealer{cipher()};
    auto wire = sealed(sealer, frame_of(0));
    auto by_hand = cipher();
    base::Bytes header(6);
    EXPECT_TRUE(by_hand.open({}, wire, header).has_value());
    EXPECT_EQ(header, frame_of(0));
}

TEST(NoiseTransport, C060_C061_C063_HasTheSizesOfTheTable) {
    const struct {
        std::size_t payload_size;
        std::size_t sealed_size;
    } cases[] = {{0, 22},        {1, 39},          {65518, 65556},   {65519, 65557},
                 {65520, 65574}, {131038, 131092}, {131039, 131109}, {16777215, 16781349}};
    for (const auto& [payload_size, sealed_size] : cases) {
        SCOPED_TRACE(payload_size);
        EXPECT_EQ(sealed_frame_size(payload_size), sealed_size);
        FrameSealer sealer{cipher()};
        FrameOpener opener{cipher()};
        const auto frame = frame_of(payload_size);
        auto wire = sealed(sealer, frame);
        EXPECT_EQ(wire.size(), sealed_size);
        const auto opened = opener.open(wire, payload_size_limit);
        ASSERT_TRUE(opened.has_value());
        EXPECT_EQ(opened->consumed, wire.size());
        EXPECT_TRUE(std::ranges::equal(opened->frame, frame));
    }
}

TEST(NoiseTransport, C063_OpensTheSameFramesHoweverTheStreamIsCut) {
    std::vector<base::Bytes> frames;
    FrameSealer sealer{cipher()};
    base::Bytes stream;
    for (const std::size_t size : {0U, 1U, 24U, 0U, 65519U, 65520U, 24U, 131038U, 131039U, 7U}) {
        frames.push_back(frame_of(size));
        ASSERT_TRUE(sealer.seal(frames.back(), stream).has_value());
    }
    for (const std::size_t piece :
         {1U, 2U, 21U, 22U, 23U, 38U, 1000U, 65535U, 65557U, 70000U, 1U << 20}) {
        SCOPED_TRACE(piece);
        FrameOpener opener{cipher()};
        EXPECT_EQ(opened_in_pieces(opener, stream, piece), frames);
        EXPECT_TRUE(opener.is_between_frames());
    }
}

TEST(NoiseTransport, OpensAWholeFrameWhereItLiesWithoutMemoryOfItsOwn) {
    FrameSealer sealer{cipher()};
    FrameOpener opener{cipher()};
    auto wire = sealed(sealer, frame_of(24));
    const auto second = sealed(sealer, frame_of(60000));
    base::append(wire, second);
    std::span<std::byte> rest{wire};
    for (int i = 0; i < 2; ++i) {
        const auto opened = opener.open(rest, payload_size_limit);
        ASSERT_TRUE(opened.has_value());
        EXPECT_GE(opened->frame.data(), rest.data());
        EXPECT_LE(opened->frame.data() + opened->frame.size(), rest.data() + opened->consumed);
        rest = rest.subspan(opened->consumed);
    }
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(opener.buffered_size(), 0U);
}

TEST(NoiseTransport, GathersNoMoreThanHasArrivedAndGivesItBack) {
    FrameSealer sealer{cipher()};
    FrameOpener opener{cipher()};
    auto wire = sealed(sealer, frame_of(payload_size_limit));
    constexpr std::size_t piece = 16384;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
        auto part = std::span{wire}.subspan(at, std::min(piece, wire.size() - at));
        const auto opened = opener.open(part, payload_size_limit);
        ASSERT_TRUE(opened.has_value());
        const auto arrived = at + part.size();
        ASSERT_LE(opener.buffered_size(), arrived + 257 * 1024) << "after " << arrived;
        EXPECT_EQ(opened->frame.empty(), arrived < wire.size());
    }
    auto next = sealed(sealer, frame_of(24));
    ASSERT_TRUE(opener.open(next, payload_size_limit).has_value());
    EXPECT_LE(opener.buffered_size(), 4096U);
}

TEST(NoiseTransport, RefusesAFrameThatIsTooLargeWithTheHeaderAlone) {
    const struct {
        std::size_t payload_size;
        bool refused;
    } cases[] = {{1000, false}, {1001, true}, {payload_size_limit, true}};
    for (const auto& [payload_size, refused] : cases) {
        for (const std::size_t first : {std::size_t{10}, sealed_header_size}) {
            SCOPED_TRACE(payload_size);
            FrameSealer sealer{cipher()};
            FrameOpener opener{cipher()};
            auto wire = sealed(sealer, frame_of(payload_size));
            const auto header = std::span{wire}.first(sealed_header_size);
            auto opened = opener.open(header.first(first), 1000);
            if (first < header.size()) {
                ASSERT_TRUE(opened.has_value());
                EXPECT_FALSE(opener.is_between_frames());
                opened = opener.open(header.subspan(first), 1000);
            }
            ASSERT_EQ(opened.has_value(), !refused);
            if (refused) {
                EXPECT_EQ(error_code(opened.error()), "frame-too-large");
            }
        }
    }
}

TEST(NoiseTransport, C062_EndsTheSessionAtTheFirstBitThatIsWrong) {
    const auto frame = frame_of(20);
    FrameSealer sealer{cipher()};
    const auto wire = sealed(sealer, frame);
    const auto next = sealed(sealer, frame);
    for (const std::size_t piece : {wire.size(), std::size_t{5}}) {
        for (std::size_t i = 0; i < wire.size(); ++i) {
            SCOPED_TRACE(i);
            FrameOpener opener{cipher()};
            auto damaged = wire;
            damaged[i] ^= std::byte{0x80};
            std::optional<TransportError> error;
            for (std::size_t at = 0; at < damaged.size() && !error; at += piece) {
                auto part = std::span{damaged}.subspan(at, std::min(piece, damaged.size() - at));
                const auto opened = opener.open(part, payload_size_limit);
                if (!opened)
                    error = opened.error();
                else
                    EXPECT_TRUE(opened->frame.empty());
            }
            EXPECT_EQ(error, TransportError::authentication_failed);
            for (auto good : {wire, next}) {
                const auto after = opener.open(good, payload_size_limit);
                ASSERT_FALSE(after.has_value()) << "there is no way back";
                EXPECT_EQ(after.error(), TransportError::authentication_failed);
            }
        }
    }
}

TEST(NoiseTransport, C062_DeliversNothingOfAFrameWhoseSecondBlockIsDamaged) {
    FrameSealer sealer{cipher()};
    FrameOpener opener{cipher()};
    auto wire = sealed(sealer, frame_of(65520));
    wire.back() ^= std::byte{1};
    const auto most = opener.open(std::span{wire}.first(wire.size() - 1), payload_size_limit);
    ASSERT_TRUE(most.has_value());
    EXPECT_TRUE(most->frame.empty());
    EXPECT_FALSE(opener.open(std::span{wire}.last(1), payload_size_limit).has_value());
    EXPECT_EQ(opener.buffered_size(), 0U);
}

TEST(NoiseTransport, C059_RefusesAFrameThatIsReplayedOrOutOfOrder) {
    FrameSealer sealer{cipher()};
    const auto first = sealed(sealer, frame_of(10));
    const auto second = sealed(sealer, frame_of(10));
    auto replayed = first;
    base::append(replayed, first);
    FrameOpener opener{cipher()};
    const auto once = opener.open(replayed, payload_size_limit);
    ASSERT_TRUE(once.has_value());
    EXPECT_FALSE(
        opener.open(std::span{replayed}.subspan(once->consumed), payload_size_limit).has_value());
    FrameOpener another{cipher()};
    auto out_of_order = second;
    EXPECT_FALSE(another.open(out_of_order, payload_size_limit).has_value());
}

TEST(NoiseTransport, C064_RefusesToSealAFrameForWhichTheNoncesDoNotSuffice) {
    FrameSealer sealer{cipher(reserved - 3)};
    FrameOpener opener{cipher(reserved - 3)};
    base::Bytes out = base::to_bytes("before");
    EXPECT_EQ(sealer.seal(frame_of(2 * block_size_max + 1), out).error(),
              TransportError::nonce_exhausted);
    EXPECT_EQ(base::as_string_view(out), "before");
    out.clear();
    ASSERT_TRUE(sealer.seal(frame_of(2 * block_size_max), out).has_value()) << "three are enough";
    ASSERT_TRUE(opener.open(out, payload_size_limit).has_value());
    EXPECT_EQ(sealer.seal(frame_of(0), out).error(), TransportError::nonce_exhausted);
    base::Bytes any(22);
    EXPECT_EQ(opener.open(any, payload_size_limit).error(), TransportError::nonce_exhausted);
}

TEST(NoiseTransport, WaitsWhenItIsFedNothing) {
    FrameOpener opener{cipher()};
    const auto opened = opener.open({}, payload_size_limit);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->consumed, 0U);
    EXPECT_TRUE(opened->frame.empty());
}

}  // namespace
}  // namespace noise
