#include "sv2/print.h"

#include <gtest/gtest.h>

#include "sv2/testing.h"
#include "sv2/vectors.h"

namespace sv2 {
namespace {

using testing::bytes_of;

std::string describe(std::string_view hex) {
    const auto frame = bytes_of(hex);
    return describe_frame(testing::header_of_frame(frame), testing::payload_of(frame));
}

TEST(Sv2Print, ShowsEveryFieldByItsName) {
    EXPECT_EQ(describe(vectors::submit_standard),
              "SubmitSharesStandard{channel_id=7, sequence_number=1, job_id=1, nonce=305419896, "
              "ntime=1745578465, version=536870944}");
    EXPECT_EQ(describe(vectors::set_group_channel),
              "SetGroupChannel{group_channel_id=3, channel_ids=[7, 8]}");
    EXPECT_EQ(describe(vectors::submit_error),
              "SubmitShares.Error{channel_id=7, sequence_number=4, error_code=\"stale-share\"}");
    EXPECT_EQ(describe(vectors::new_extended_job),
              "NewExtendedMiningJob{channel_id=3, job_id=5, min_ntime=none, version=536870912, "
              "version_rolling_allowed=true, merkle_path=[" +
                  std::string(64, 'a') + "], coinbase_tx_prefix=0200, coinbase_tx_suffix=ff}");
}

TEST(Sv2Print, EscapesWhatAStrangerWrote) {
    EXPECT_EQ(to_text(Reconnect{.new_host = "a\n\"\\\x1b[2J\xff", .new_port = 1}),
              "Reconnect{new_host=\"a\\x0a\\\"\\\\\\x1b[2J\\xff\", new_port=1}");
}

TEST(Sv2Print, CutsWhatIsLong) {
    const base::Bytes suffix(65, std::byte{0});
    const std::vector<std::uint16_t> many(17);
    EXPECT_NE(to_text(SubmitSolution{.coinbase_tx = suffix}).find("... of 65 bytes"),
              std::string::npos);
    EXPECT_NE(to_text(RequestExtensions{.requested_extensions = many}).find("0, ... of 17]"),
              std::string::npos);
}

TEST(Sv2Print, SaysWhatItCannotRead) {
    EXPECT_EQ(describe("00801a030000"
                       "070000"),
              "SubmitSharesStandard malformed: overrun");
    EXPECT_EQ(describe("bc8a05000000"), "unknown message 0x05 of extension 0x0abc, 0 bytes");
}

}  // namespace
}  // namespace sv2
