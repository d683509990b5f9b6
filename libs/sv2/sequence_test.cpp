#include "sv2/sequence.h"

#include <gtest/gtest.h>

#include "sv2/mining_messages.h"
#include "sv2/template_messages.h"
#include "sv2/testing.h"

namespace sv2 {
namespace {

using testing::bytes_of;
using testing::hex_of;

template <class Seq>
std::string wire_hex(const Seq& sequence) {
    base::Bytes bytes(Wire<Seq>::size(sequence));
    EXPECT_EQ(Wire<Seq>::write(bytes.data(), sequence), bytes.data() + bytes.size());
    return hex_of(bytes);
}

template <class Seq>
std::optional<DecodeError> error_of(std::string_view hex) {
    const testing::ExactBytes bytes{bytes_of(hex)};
    Reader reader{bytes.view()};
    Seq sequence;
    if (Wire<Seq>::read(reader, sequence)) return std::nullopt;
    return reader.error;
}

TEST(Sv2Sequence, C010_CountsInOneByteOrInTwo) {
    const std::vector<std::uint16_t> values{0x0102, 0x0304};
    EXPECT_EQ(wire_hex(Seq0_255<std::uint16_t>{values}), "0202010403");
    EXPECT_EQ(wire_hex(Seq0_64K<std::uint16_t>{values}), "020002010403");
    EXPECT_EQ(wire_hex(Seq0_64K<std::uint16_t>{}), "0000");
    const std::vector<std::uint16_t> many(0x0102);
    EXPECT_EQ(wire_hex(Seq0_64K<std::uint16_t>{many}).substr(0, 4), "0201");
}

TEST(Sv2Sequence, DecodesItsElementsWhileIterating) {
    const auto bytes = bytes_of(
        "0300"
        "07000000"
        "08000000"
        "ffffffff");
    Reader reader{bytes};
    Seq0_64K<ChannelId> sequence;
    ASSERT_TRUE(Wire<Seq0_64K<ChannelId>>::read(reader, sequence));
    EXPECT_EQ(sequence.size(), 3U);
    const std::vector expected{ChannelId{7}, ChannelId{8}, ChannelId{0xffffffff}};
    EXPECT_EQ(sequence.to_vector(), expected);
    EXPECT_EQ(sequence, Seq0_64K<ChannelId>{expected});
    EXPECT_EQ(wire_hex(sequence), hex_of(bytes));
}

TEST(Sv2Sequence, HoldsElementsOfDifferentLength) {
    const auto a = bytes_of("aa");
    const auto b = bytes_of("");
    const auto c = bytes_of("ccddee");
    const std::vector<B0_16M> transactions{a, b, c};
    const Seq0_64K<B0_16M> sequence{transactions};
    EXPECT_EQ(wire_hex(sequence),
              "0300"
              "010000aa"
              "000000"
              "030000ccddee");
    const auto bytes = bytes_of(wire_hex(sequence));
    Reader reader{bytes};
    Seq0_64K<B0_16M> decoded;
    ASSERT_TRUE(Wire<Seq0_64K<B0_16M>>::read(reader, decoded));
    EXPECT_EQ(decoded, sequence);
    EXPECT_EQ(reader.left(), 0U);
}

TEST(Sv2Sequence, C012_RefusesACountThatCannotFit) {
    EXPECT_EQ(error_of<Seq0_64K<std::uint16_t>>("0200010203"), DecodeError::overrun);
    EXPECT_EQ(error_of<Seq0_64K<std::uint16_t>>("ffff"), DecodeError::overrun);
    EXPECT_EQ(error_of<Seq0_64K<std::uint16_t>>("00"), DecodeError::overrun);
    EXPECT_EQ(error_of<Seq0_255<U256>>("01" + std::string(62, '0')), DecodeError::overrun);
    EXPECT_EQ(error_of<Seq0_255<U256>>("01" + std::string(64, '0')), std::nullopt);
    EXPECT_EQ(error_of<Seq0_64K<B0_16M>>("0200"
                                         "000000"),
              DecodeError::overrun);
    EXPECT_EQ(error_of<Seq0_64K<B0_16M>>("0100"
                                         "ffffff"),
              DecodeError::overrun);
}

}  // namespace
}  // namespace sv2
