#include "aditctl/describe.h"

#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/worker.pb.h>
#include <gmock/gmock.h>

namespace aditctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Now now{std::chrono::seconds{1'700'000'060}};

TEST(Describe, ShowsFieldsByTheirNamesAndLeavesOutWhatIsNotSet) {
    adit::admin::v1::Worker worker;
    worker.set_name("identities/alice/workers/rig1");
    worker.set_state(adit::admin::v1::Worker::STATE_SILENT);
    worker.mutable_last_share_time()->set_seconds(1'700'000'000);
    worker.mutable_hash_rates()->set_last_hour(1e12);
    auto& shares = *worker.mutable_shares_last_hour();
    shares.set_accepted(90);
    shares.set_rejected(10);
    shares.set_valid_ratio(0.9);
    (*shares.mutable_rejected_by_reason())["stale-share"] = 7;
    (*shares.mutable_rejected_by_reason())["duplicate-share"] = 3;
    const auto text = describe(worker, now);
    EXPECT_THAT(text,
                AllOf(HasSubstr("state             silent\n"),
                      HasSubstr("hash_rates        1m 0  5m 0  1h 1.00 TH/s  24h 0\n"),
                      HasSubstr("90 accepted, 10 rejected, 90.00 % valid, work 0; stale-share "
                                "7; duplicate-share 3\n"),
                      HasSubstr("2023-11-14 22:13:20 UTC (60s ago)\n"),
                      Not(HasSubstr("shares_last_day")), Not(HasSubstr("firmware"))));
}

TEST(Describe, ShowsWhatMessagesHaveWithin) {
    adit::admin::v1::ExplainChannelResponse said;
    said.mutable_channel()->set_difficulty(65'536);
    said.add_history("opened");
    said.add_history("fell");
    auto& evidence = *said.add_evidence();
    evidence.set_ratio(2);
    evidence.set_threshold(5.5);
    EXPECT_THAT(describe(said, now),
                AllOf(HasSubstr("channel.difficulty"), HasSubstr("65.5k"), HasSubstr("history "),
                      HasSubstr("  opened\n"), HasSubstr("  fell\n"),
                      HasSubstr("ratio=2  statistic=0  threshold=5.5\n")));
}

TEST(Describe, JsonHasTheNamesOfTheApiAndAllFields) {
    adit::admin::v1::Channel channel;
    channel.set_user_identity("a\"b");
    const auto json = to_json(channel);
    EXPECT_THAT(json, AllOf(HasSubstr("\"user_identity\":\"a\\\"b\""),
                            HasSubstr("\"is_silent\":false"), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace aditctl
