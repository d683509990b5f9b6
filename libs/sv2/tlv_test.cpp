#include "sv2/tlv.h"

#include <gtest/gtest.h>

#include "sv2/mining_messages.h"
#include "sv2/testing.h"

namespace sv2 {
namespace {

using testing::bytes_of;
using testing::hex_of;

TEST(Sv2Tlv, C239_WritesTypeAndLengthLittleEndian) {
    base::Bytes out;
    append_user_identity("Worker_001", out);
    EXPECT_EQ(hex_of(out), "0200010a00576f726b65725f303031");
    EXPECT_EQ(user_identity_of(out).value(), "Worker_001");
}

TEST(Sv2Tlv, ReadsTheBigEndianExampleOfTheSpecAsAnotherExtension) {
    const auto example = bytes_of("000201000a576f726b65725f303031");
    EXPECT_EQ(user_identity_of(example).value(), std::nullopt);
}

TEST(Sv2Tlv, C236_StandsBehindTheLastFieldAndCountsAsPayload) {
    base::Bytes worker;
    append_user_identity("bob", worker);
    const SubmitSharesExtended share{.channel_id = ChannelId{7}};
    const auto without = encode(share);
    const auto with = encode(share, worker);
    EXPECT_EQ(hex_of(testing::payload_of(with)),
              hex_of(testing::payload_of(without)) + hex_of(worker));
    EXPECT_EQ(testing::header_of_frame(with).payload_size,
              testing::header_of_frame(without).payload_size + worker.size());
    // One field of one extension is all that we ever send, and that is in order.
    EXPECT_EQ(hex_of(worker), "0200010300626f62");
}

TEST(Sv2Tlv, C236_FindsAFieldInWhateverOrderTheyCome) {
    const auto area = bytes_of(
        "0500010000"
        "0200010100"
        "61"
        "0200020100"
        "62");
    EXPECT_EQ(user_identity_of(area).value(), "a");
    EXPECT_EQ(find_tlv(area, 5, 1)->value.size(), 0U);
    EXPECT_EQ(hex_of(find_tlv(area, 2, 2)->value), "62");
    EXPECT_FALSE(find_tlv(area, 2, 3));
}

TEST(Sv2Tlv, C238_IgnoresTheTlvsOfOtherExtensions) {
    EXPECT_EQ(user_identity_of(bytes_of("0300010100"
                                        "61"))
                  .value(),
              std::nullopt);
    EXPECT_EQ(user_identity_of(base::ByteView{}).value(), std::nullopt);
}

TEST(Sv2Tlv, C237_RefusesAUserIdentityLongerThan32Bytes) {
    const std::string longest(32, 'x');
    base::Bytes area;
    append_tlv({.extension_type = 2, .field_type = 1, .value = base::as_bytes(longest)}, area);
    EXPECT_EQ(user_identity_of(area).value(), longest);
    area.clear();
    append_tlv({.extension_type = 2, .field_type = 1, .value = base::as_bytes(longest + "x")},
               area);
    const auto refused = user_identity_of(area);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().size, 33U);
}

TEST(Sv2Tlv, C242_CutsAUserIdentityOnABoundaryOfUtf8WithoutPadding) {
    const struct {
        std::string identity;
        std::size_t size;
    } cases[] = {
        {"", 0},
        {std::string(32, 'x'), 32},
        {std::string(40, 'x'), 32},
        {std::string(31, 'x') + "\xc3\xa4", 31},
        {std::string(30, 'x') + "\xc3\xa4", 32},
        {std::string(29, 'x') + "\xf0\x9f\x98\x80", 29},
        {std::string(64, '\x80'), 0},
    };
    for (const auto& [identity, size] : cases) {
        SCOPED_TRACE(identity);
        base::Bytes out;
        append_user_identity(identity, out);
        EXPECT_EQ(out.size(), tlv_header_size + size);
        EXPECT_EQ(user_identity_of(out).value(), identity.substr(0, size));
    }
}

TEST(Sv2Tlv, ATruncatedTlvEndsTheAreaAndWhatCameBeforeCounts) {
    const auto whole = bytes_of(
        "0200010100"
        "61"
        "0300020200"
        "6263");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        SCOPED_TRACE(size);
        const testing::ExactBytes cut{base::ByteView{whole}.first(size)};
        base::ByteView area = cut.view();
        std::size_t found = 0;
        while (take_tlv(area)) ++found;
        EXPECT_EQ(found, size < 6 ? 0U : size < whole.size() ? 1U : 2U);
    }
}

}  // namespace
}  // namespace sv2
