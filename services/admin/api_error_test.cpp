#include "admin/api_error.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

namespace admin {
namespace {

google::rpc::Status details_of(const grpc::Status& status) {
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    return details;
}

TEST(ApiError, CarriesWhatProgramsDecideBy) {
    const auto status = to_status({Reason::not_found, "there is none", {{"name", "bans/x"}}});
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(status.error_message(), "there is none");
    const auto details = details_of(status);
    EXPECT_EQ(details.code(), 5);
    ASSERT_EQ(details.details_size(), 1);
    EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(details.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "NOT_FOUND");
    EXPECT_EQ(info.domain(), "adit.admin.v1");
    EXPECT_EQ(info.metadata().at("name"), "bans/x");
}

TEST(ApiError, SaysWhenAskingAgainHelps) {
    const auto details = details_of(to_status({Reason::service_unreachable, "away", {}}));
    ASSERT_EQ(details.details_size(), 2);
    google::rpc::RetryInfo retry;
    ASSERT_TRUE(details.details(1).UnpackTo(&retry));
    EXPECT_GT(retry.retry_delay().seconds(), 0);
}

TEST(ApiError, HasAStableNameForEveryReason) {
    for (int i = 0; i <= static_cast<int>(Reason::stopping); ++i) {
        const auto reason = static_cast<Reason>(i);
        // Aborts where the table lacks one.
        EXPECT_THAT(reason_name(reason), ::testing::MatchesRegex("[A-Z_]+"));
        EXPECT_NE(to_status({reason, "x", {}}).error_code(), grpc::StatusCode::OK);
    }
}

TEST(ApiError, NamesEveryCode) {
    EXPECT_STREQ(code_name(grpc::StatusCode::OK), "OK");
    EXPECT_STREQ(code_name(grpc::StatusCode::UNAVAILABLE), "UNAVAILABLE");
    EXPECT_STREQ(code_name(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
    EXPECT_STREQ(code_name(grpc::StatusCode::NOT_FOUND), "NOT_FOUND");
}

}  // namespace
}  // namespace admin
