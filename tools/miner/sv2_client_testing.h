#pragma once

#include <gtest/gtest.h>

#include "miner/sv2_client.h"
#include "miner/testing.h"
#include "sv2/codec.h"

namespace miner {

using namespace std::chrono_literals;
using sv2::ChannelId;
using sv2::JobId;
using sv2::RequestId;
using testing::bytes_of;

inline constexpr base::SteadyTime start{1h};
inline constexpr ChannelId group{100};

inline sv2::U256 filled(unsigned char byte) {
    sv2::U256 value;
    value.fill(std::byte{byte});
    return value;
}

template <class E>
std::vector<E> all_of(const Effects& effects) {
    std::vector<E> found;
    for (const auto& effect : effects)
        if (const auto* one = std::get_if<E>(&effect)) found.push_back(*one);
    return found;
}

// What a client sent, as the message that it should be.
template <class M>
std::vector<M> sent_as(const std::vector<Send>& sends) {
    std::vector<M> messages;
    for (const auto& send : sends) {
        const base::ByteView frame = send.message;
        const auto header = sv2::decode_header(frame.first<sv2::frame_header_size>());
        if (header.message_type != M::info.message_type) continue;
        EXPECT_EQ(header.channel_message, M::info.channel_message);
        auto message = sv2::decode<M>(frame.subspan(sv2::frame_header_size));
        EXPECT_TRUE(message);
        if (message) messages.push_back(*message);
    }
    return messages;
}

// A client and, in the test, the pool that it talks to.
class Sv2ClientTest : public ::testing::Test {
  protected:
    template <class M>
    Effects receive(const M& message, base::SteadyTime now = start) {
        return client_.on_message(sv2::encode(message), now);
    }
    void set_up(Sv2ClientConfig config, std::uint32_t flags = 0) {
        client_ = Sv2Client{std::move(config), 1};
        static_cast<void>(client_.on_connected(start));
        static_cast<void>(receive(sv2::SetupConnectionSuccess{.used_version = 2, .flags = flags}));
    }
    Effects open_standard(std::uint32_t request, ChannelId id) {
        return receive(sv2::OpenStandardMiningChannelSuccess{.request_id = RequestId{request},
                                                             .channel_id = id,
                                                             .target = filled(0x10),
                                                             .extranonce_prefix = prefix_,
                                                             .group_channel_id = group});
    }
    Effects open_extended(std::uint32_t request, ChannelId id) {
        return receive(sv2::OpenExtendedMiningChannelSuccess{.request_id = RequestId{request},
                                                             .channel_id = id,
                                                             .target = filled(0x10),
                                                             .extranonce_size = 4,
                                                             .extranonce_prefix = prefix_,
                                                             .group_channel_id = group});
    }
    static sv2::NewMiningJob standard_job(ChannelId id, std::uint32_t job) {
        return {.channel_id = id,
                .job_id = JobId{job},
                .version = 0x20000000,
                .merkle_root = filled(static_cast<unsigned char>(job))};
    }
    sv2::NewExtendedMiningJob extended_job(ChannelId id, std::uint32_t job) const {
        return {.channel_id = id,
                .job_id = JobId{job},
                .version = 0x20000000,
                .version_rolling_allowed = true,
                .coinbase_tx_prefix = prefix_,
                .coinbase_tx_suffix = prefix_};
    }
    static sv2::SetNewPrevHash tip(ChannelId id, std::uint32_t job) {
        return {.channel_id = id,
                .job_id = JobId{job},
                .prev_hash = filled(0xcc),
                .min_ntime = 5000,
                .nbits = 0x1b00d7c0};
    }
    // One standard channel, 7, and one extended channel, 8, both in the group.
    void set_up_both() {
        set_up({.users = {"w"}, .standard_channels = 1, .extended_channels = 1});
        static_cast<void>(open_standard(1, ChannelId{7}));
        static_cast<void>(open_extended(2, ChannelId{8}));
    }
    static FoundShare share_of(const Work& work) {
        return {.connection = work.connection,
                .channel = work.channel,
                .tip = work.tip,
                .job_id = work.job_id,
                .header = {.version = work.version ^ 0x20, .ntime = work.min_ntime, .nonce = 42},
                .target = work.target,
                .extranonce_prefix = work.extranonce_prefix,
                .extranonce = base::Bytes(work.extranonce_size, std::byte{9})};
    }
    // Puts a standard channel to work and gives the work.
    Work work_of(ChannelId id, std::uint32_t job) {
        static_cast<void>(receive(standard_job(id, job)));
        return all_of<SetWork>(receive(tip(id, job))).at(0).work;
    }

    base::Bytes prefix_ = bytes_of("0001000000000007");
    Sv2Client client_{{}, 1};
};

}  // namespace miner
