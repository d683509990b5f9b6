#include "aditctl/text.h"

#include <adit/admin/v1/block.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <gmock/gmock.h>

namespace aditctl {
namespace {

namespace v1 = adit::admin::v1;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Text, HashRatesHaveThreeDigitsAndAUnit) {
    const struct {
        double rate;
        const char* text;
    } cases[] = {{0, "0"},
                 {-1, "0"},
                 {999, "999 H/s"},
                 {1e3, "1.00 kH/s"},
                 {12.34e12, "12.3 TH/s"},
                 {123.4e15, "123 PH/s"},
                 {999.96e9, "1.00 TH/s"},
                 {5e24, "5000 ZH/s"}};
    for (const auto& [rate, text] : cases) EXPECT_EQ(hash_rate_text(rate), text);
}

TEST(Text, MagnitudesKeepSmallNumbers) {
    EXPECT_EQ(magnitude_text(0), "0");
    EXPECT_EQ(magnitude_text(42), "42");
    EXPECT_EQ(magnitude_text(0.5), "0.50");
    EXPECT_EQ(magnitude_text(0.00012), "0.00012");
    EXPECT_EQ(magnitude_text(65'536), "65.5k");
}

TEST(Text, APartIsNeverRoundedUpToTheWhole) {
    EXPECT_EQ(percent_text(1), "100.00 %");
    EXPECT_EQ(percent_text(0.99999), "99.99 %");
    EXPECT_EQ(percent_text(0.9976), "99.76 %");
    EXPECT_EQ(percent_text(0), "0.00 %");
}

TEST(Text, DurationsHaveTheUnitThatTells) {
    const struct {
        milliseconds duration;
        const char* text;
    } cases[] = {
        {milliseconds{0}, "0s"},  {milliseconds{500}, "0.5s"}, {milliseconds{7'500}, "7.5s"},
        {seconds{10}, "10s"},     {seconds{119}, "119s"},      {seconds{120}, "2m"},
        {seconds{7'199}, "119m"}, {seconds{7'500}, "2h 5m"},   {seconds{183'600}, "2d 3h"}};
    for (const auto& [duration, text] : cases) EXPECT_EQ(duration_text(duration), text);
}

TEST(Text, TimesThatAreNotSetAreADash) {
    const Now now{seconds{1'700'000'000}};
    google::protobuf::Timestamp time;
    EXPECT_EQ(age_text(time, now), "-");
    EXPECT_EQ(due_text(time, now), "-");
    EXPECT_EQ(time_text(time), "-");
    time.set_seconds(1'700'000'000 - 60);
    EXPECT_EQ(age_text(time, now), "60s");
    EXPECT_EQ(due_text(time, now), "60s ago");
    EXPECT_EQ(time_text(time), "2023-11-14 22:12:20");
    time.set_seconds(1'700'000'000 + 60);
    EXPECT_EQ(age_text(time, now), "0s") << "a clock that runs ahead";
    EXPECT_EQ(due_text(time, now), "in 60s");
}

TEST(Text, EnumsAreAsFiltersTakeThem) {
    EXPECT_EQ(enum_text(v1::Service::STATE_NOT_READY), "not_ready");
    EXPECT_EQ(enum_text(v1::Node::VERDICT_POOR), "poor");
    EXPECT_EQ(enum_text(v1::Block::STATE_UNSPECIFIED), "-");
    EXPECT_EQ(enum_text(static_cast<v1::Block::State>(99)), "99");
}

TEST(Text, ControlCharactersAreNotPrinted) {
    EXPECT_EQ(printable("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
    EXPECT_EQ(printable("a\xc2\x9b"
                        "2Jb"),
              "a?2Jb")
        << "CSI in one character";
    EXPECT_EQ(printable("m\xc3\xbcller"), "m\xc3\xbcller");
    EXPECT_EQ(or_dash(""), "-");
}

TEST(Text, BitcoinHasEightDigits) {
    EXPECT_EQ(bitcoin_text(312'512'345), "3.12512345");
    EXPECT_EQ(bitcoin_text(1), "0.00000001");
}

}  // namespace
}  // namespace aditctl
