#include <array>

#include "gateway/session_testing.h"
#include "sv2/extension_messages.h"
#include "sv2/tlv.h"

namespace gateway {
namespace {

constexpr std::array<std::uint16_t, 1> worker_identity{sv2::worker_identity_extension};

sv2::RequestExtensions request_for(std::span<const std::uint16_t> ids, std::uint16_t id = 9) {
    return {.request_id = {id}, .requested_extensions = ids};
}

/// The TLV that names a worker; of any length, as a stranger may write it.
base::Bytes worker_tlv(std::size_t size) {
    base::Bytes tlvs;
    const base::Bytes name(size, std::byte{'w'});
    sv2::append_tlv({sv2::worker_identity_extension, sv2::user_identity_field, name}, tlvs);
    return tlvs;
}

class RequiringSessionTest : public SessionTest {
  protected:
    RequiringSessionTest() : SessionTest({.required_extensions = {2}}) {}
};

TEST_F(SessionTest, C229_C233_C234_AnswersRequestExtensions) {
    set_up();
    const std::array<std::uint16_t, 3> some{1, 2, 77};
    say(request_for(some, 0xbeef));
    EXPECT_EQ(heard_names(), std::vector<std::string>{"RequestExtensions.Success"});
    const auto success = only<sv2::RequestExtensionsSuccess>();
    EXPECT_EQ(success.request_id.value, 0xbeef);
    EXPECT_EQ(success.supported_extensions.to_vector(), (std::vector<std::uint16_t>{1, 2}));
    EXPECT_FALSE(heard().at(0).first.channel_message);

    const std::array<std::uint16_t, 2> unknown{77, 78};
    say(request_for(unknown));
    const auto error = only<sv2::RequestExtensionsError>();
    EXPECT_EQ(error.unsupported_extensions.to_vector(), (std::vector<std::uint16_t>{77, 78}));
    EXPECT_TRUE(error.required_extensions.empty());
    EXPECT_FALSE(effects.close) << "without extensions it may go on";
    open_standard();
    EXPECT_EQ(session.channels(), 1U);
}

TEST_F(RequiringSessionTest, C231_DisconnectsWhoGoesOnWithoutARequiredExtension) {
    set_up();
    say(request_for({}));
    EXPECT_EQ(only<sv2::RequestExtensionsError>().required_extensions.to_vector(),
              std::vector<std::uint16_t>{2});
    EXPECT_FALSE(effects.close);
    say(sv2::OpenStandardMiningChannel{.user_identity = "u", .max_target = any_target});
    EXPECT_EQ(effects.close, "required-extension");
    EXPECT_TRUE(effects.events.empty());
}

TEST_F(RequiringSessionTest, C231_DisconnectsWhoAsksAgainWithoutARequiredExtension) {
    set_up();
    say(request_for({}));
    say(request_for({}));
    EXPECT_EQ(heard_names(), std::vector<std::string>{"RequestExtensions.Error"});
    EXPECT_EQ(effects.close, "required-extension");
}

TEST_F(RequiringSessionTest, C230_ServesWhoAsksForWhatItWasTold) {
    set_up();
    say(request_for({}));
    say(request_for(worker_identity));
    EXPECT_EQ(heard_names(), std::vector<std::string>{"RequestExtensions.Success"});
    open_standard();
    EXPECT_EQ(session.channels(), 1U);
}

TEST_F(SessionTest, AnAgreementIsNotChangedUnderOpenChannels) {
    set_up();
    const auto pending = ask_extended(8);
    say(request_for(worker_identity));
    EXPECT_EQ(only<sv2::RequestExtensionsError>().unsupported_extensions.to_vector(),
              std::vector<std::uint16_t>{2});
    grant(pending);
    submit_extended(pending.channel_id, only<sv2::NewExtendedMiningJob>().job_id, 8, worker_tlv(3));
    EXPECT_EQ(effects.shares.at(0).worker, "");
    say(request_for(worker_identity));
    EXPECT_EQ(heard_names(), std::vector<std::string>{"RequestExtensions.Error"});
}

TEST_F(SessionTest, C237_AWorkerTravelsWithItsShareUpTo32Bytes) {
    set_up();
    say(request_for(worker_identity));
    const auto open = open_extended();
    const auto job = only<sv2::NewExtendedMiningJob>().job_id;
    for (const std::size_t size : {1U, 31U, 32U}) {
        submit_extended(open.channel_id, job, 8, worker_tlv(size));
        ASSERT_EQ(effects.shares.size(), 1U);
        EXPECT_EQ(effects.shares[0].worker, std::string(size, 'w'));
        EXPECT_EQ(effects.shares_without_worker, 0U);
    }
    submit_extended(open.channel_id, job, 8, worker_tlv(33));
    EXPECT_EQ(refusal(), "invalid-share");
    EXPECT_TRUE(effects.shares.empty());
    EXPECT_EQ(effects.refused, std::vector{mining::ShareError::invalid_share});
    EXPECT_FALSE(effects.close);
}

TEST_F(SessionTest, AShareWithoutItsWorkerIsJudgedAndCounted) {
    set_up();
    say(request_for(worker_identity));
    const auto open = open_extended();
    const auto job = only<sv2::NewExtendedMiningJob>().job_id;
    submit_extended(open.channel_id, job);
    ASSERT_EQ(effects.shares.size(), 1U);
    EXPECT_EQ(effects.shares[0].worker, "");
    EXPECT_EQ(effects.shares_without_worker, 1U);
    auto truncated = worker_tlv(10);
    truncated.pop_back();
    submit_extended(open.channel_id, job, 8, truncated);
    EXPECT_EQ(effects.shares.size(), 1U);
    EXPECT_EQ(effects.shares_without_worker, 1U);
}

TEST_F(SessionTest, C238_TlvsThatNobodyAgreedOnAreIgnored) {
    set_up();
    const auto open = open_extended();
    const auto job = only<sv2::NewExtendedMiningJob>().job_id;
    for (const std::size_t size : {3U, 33U, 1000U}) {
        submit_extended(open.channel_id, job, 8, worker_tlv(size));
        ASSERT_EQ(effects.shares.size(), 1U);
        EXPECT_EQ(effects.shares[0].worker, "");
        EXPECT_EQ(effects.shares_without_worker, 0U);
    }
}

TEST_F(SessionTest, ARequestOfTooManyExtensionsOrMalformedEndsTheConnection) {
    set_up();
    const std::vector<std::uint16_t> ids(sv2::limits::requested_extensions_max, 2);
    say(request_for(ids));
    EXPECT_FALSE(effects.close);
    const std::vector<std::uint16_t> more(sv2::limits::requested_extensions_max + 1, 2);
    say(request_for(more));
    EXPECT_EQ(effects.close, "too-many-extensions");
    auto frame = sv2::encode(request_for(worker_identity));
    frame.pop_back();
    effects.clear();
    say_frame(frame);
    EXPECT_EQ(effects.close, "malformed");
}

}  // namespace
}  // namespace gateway
