#include "miner/sv2_client_testing.h"
#include "sv2/error_codes.h"
#include "sv2/tlv.h"

namespace miner {
namespace {

class Sv2ClientExtensionsTest : public Sv2ClientTest {
  protected:
    /// Sends SetupConnection.Success to a client that names its worker; what it says to that.
    Effects set_up_with_worker(std::string worker = "Worker_001") {
        client_ =
            Sv2Client{{.users = {"w"}, .extended_channels = 1, .worker = std::move(worker)}, 1};
        static_cast<void>(client_.on_connected(start));
        return receive(sv2::SetupConnectionSuccess{.used_version = 2});
    }
    Effects agree(const std::vector<std::uint16_t>& extensions) {
        return receive(
            sv2::RequestExtensionsSuccess{.request_id = {1}, .supported_extensions = extensions});
    }
    static std::size_t opens(const Effects& effects) {
        return sent_as<sv2::OpenExtendedMiningChannel>(all_of<Send>(effects)).size();
    }
    /// The frame of a share on a channel that is opened now.
    base::Bytes share_frame() {
        static_cast<void>(open_extended(1, ChannelId{8}));
        static_cast<void>(receive(extended_job(ChannelId{8}, 1)));
        const auto work = all_of<SetWork>(receive(tip(ChannelId{8}, 1))).at(0).work;
        return all_of<Send>(client_.on_share_found(share_of(work), start)).at(0).message;
    }
    static std::optional<std::string> worker_in(base::ByteView frame) {
        const auto share =
            sv2::decode_with_tlvs<sv2::SubmitSharesExtended>(frame.subspan(sv2::frame_header_size));
        const auto worker = sv2::user_identity_of(share->tlv_area).value();
        if (!worker) return std::nullopt;
        return std::string{*worker};
    }
};

TEST_F(Sv2ClientExtensionsTest, C228_C233_AsksRightAfterSetupAndWaitsForTheReply) {
    const auto sends = all_of<Send>(set_up_with_worker());
    ASSERT_EQ(sends.size(), 1U);
    const auto header =
        sv2::decode_header(base::ByteView{sends[0].message}.first<sv2::frame_header_size>());
    EXPECT_EQ(header.extension_type, sv2::negotiation_extension);
    const auto request = sent_as<sv2::RequestExtensions>(sends).at(0);
    EXPECT_EQ(request.requested_extensions.to_vector(), std::vector<std::uint16_t>{2});
    const std::vector<std::uint16_t> agreed{2};
    EXPECT_TRUE(
        receive(sv2::RequestExtensionsSuccess{.request_id = {77}, .supported_extensions = agreed})
            .empty())
        << "the answer to somebody else's question";
    EXPECT_EQ(opens(agree(agreed)), 1U);
    EXPECT_TRUE(agree(agreed).empty()) << "asked once, answered once";
}

TEST_F(Sv2ClientExtensionsTest, C240_C242_NamesTheWorkerInEveryExtendedShareOnceAgreed) {
    static_cast<void>(set_up_with_worker());
    static_cast<void>(agree({1, 2}));
    EXPECT_EQ(worker_in(share_frame()), "Worker_001");
    static_cast<void>(set_up_with_worker(std::string(31, 'a') + "\xc3\xa9"));
    static_cast<void>(agree({2}));
    EXPECT_EQ(worker_in(share_frame()), std::string(31, 'a'));
}

TEST_F(Sv2ClientExtensionsTest, C232_C241_NamesNoWorkerWhereThatWasNotAgreed) {
    static_cast<void>(set_up_with_worker());
    EXPECT_EQ(opens(agree({1})), 1U);
    EXPECT_EQ(worker_in(share_frame()), std::nullopt);

    static_cast<void>(set_up_with_worker());
    const std::vector<std::uint16_t> asked{2};
    const auto refused =
        receive(sv2::RequestExtensionsError{.request_id = {1}, .unsupported_extensions = asked});
    EXPECT_EQ(all_of<Warning>(refused).size(), 1U);
    EXPECT_EQ(opens(refused), 1U);
    EXPECT_EQ(worker_in(share_frame()), std::nullopt);
}

TEST_F(Sv2ClientExtensionsTest, LeavesAPoolThatRequiresWhatItDoesNotHave) {
    static_cast<void>(set_up_with_worker());
    const std::vector<std::uint16_t> required{3};
    const auto effects =
        receive(sv2::RequestExtensionsError{.request_id = {1}, .required_extensions = required});
    EXPECT_TRUE(all_of<Disconnect>(effects).at(0).is_refusal);
    EXPECT_EQ(opens(effects), 0U);
}

TEST_F(Sv2ClientExtensionsTest, C235_LeavesAPoolThatDoesNotAnswerAndSaysWhy) {
    static_cast<void>(set_up_with_worker());
    EXPECT_TRUE(client_.on_tick(start + 5s).empty());
    const auto late = client_.on_tick(start + 5s + 1ms);
    EXPECT_EQ(all_of<ExtensionsUnanswered>(late).size(), 1U);
    EXPECT_FALSE(all_of<Disconnect>(late).at(0).is_refusal) << "it tries again";
    EXPECT_TRUE(client_.on_tick(start + 1h).empty());

    set_up_both();
    EXPECT_TRUE(client_.on_tick(start + 1h).empty()) << "who asks nothing waits for nothing";
}

}  // namespace
}  // namespace miner
