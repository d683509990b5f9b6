#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "sv2/codec.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"
#include "sv2/testing.h"
#include "translator/pool_client.h"

namespace translator {

using namespace std::chrono_literals;

/// A client, and in the test the pool that it talks to.
class PoolClientTest : public testing::Test {
  protected:
    static constexpr sv2::ChannelId group{100};

    template <class Message>
    void hear(const Message& message) {
        effects = {};
        hear_more(message);
    }
    template <class Message>
    void hear_more(const Message& message) {
        const auto frame = sv2::encode(message);
        client->on_frame(sv2::testing::header_of_frame(frame), sv2::testing::payload_of(frame), now,
                         effects);
    }

    /// What the client said, as (header, payload).
    std::vector<std::pair<sv2::FrameHeader, base::Bytes>> said() const {
        std::vector<std::pair<sv2::FrameHeader, base::Bytes>> found;
        base::ByteView frames{effects.frames};
        while (!frames.empty()) {
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            found.emplace_back(header, base::to_bytes(frames.subspan(sv2::frame_header_size,
                                                                     header.payload_size)));
            frames = frames.subspan(sv2::frame_header_size + header.payload_size);
        }
        return found;
    }
    std::vector<std::string> said_names() const {
        std::vector<std::string> names;
        for (const auto& [header, payload] : said())
            names.emplace_back(sv2::find_message(header.extension_type, header.message_type)->name);
        return names;
    }
    /// The last message of this type; borrows from `kept`.
    template <class Message>
    sv2::WithTlvs<Message> last_said() {
        sv2::WithTlvs<Message> found;
        bool is_found = false;
        for (auto& [header, payload] : said()) {
            if (header.message_type != Message::info.message_type ||
                header.extension_type != Message::info.extension_type())
                continue;
            EXPECT_EQ(header.channel_message, Message::info.channel_message);
            kept.push_back(payload);
            found = sv2::decode_with_tlvs<Message>(kept.back()).value();
            is_found = true;
        }
        EXPECT_TRUE(is_found) << "not said: " << Message::info.name;
        return found;
    }
    template <class Event>
    std::vector<Event> events() const {
        std::vector<Event> found;
        for (const auto& event : effects.events)
            if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
        return found;
    }

    void make(PoolClient::Settings settings = {}) {
        client.emplace(std::move(settings), counter, now);
        effects = {};
        client->on_connected(effects);
    }
    void set_up(std::uint32_t flags = 0) {
        make({.host = "pool.example", .port = 3333, .asks_for_workers = false});
        hear(sv2::SetupConnectionSuccess{.used_version = 2, .flags = flags});
        ASSERT_TRUE(client->is_set_up());
    }
    void ask(std::uint64_t handle) {
        effects = {};
        client->open({.channel = {handle},
                      .user_identity = "alice.rig",
                      .nominal_hash_rate_hps = 1e12,
                      .max_target = bitcoin::target_max(),
                      .min_extranonce_size = 8},
                     now, effects);
    }
    void grant(std::uint32_t id, sv2::ChannelId of = group) {
        hear(sv2::OpenExtendedMiningChannelSuccess{.request_id = {id},
                                                   .channel_id = {id},
                                                   .target = sv2::testing::filled(0x10),
                                                   .extranonce_size = 8,
                                                   .extranonce_prefix = prefix(id),
                                                   .group_channel_id = of});
    }
    /// Channel `id`, whose handle is 1,000 more. Requests count from 1 as channels do here.
    void open(std::uint32_t id, sv2::ChannelId of = group) {
        ask(1'000 + id);
        grant(id, of);
    }
    base::ByteView prefix(std::uint32_t id) {
        kept.push_back(base::Bytes(4, static_cast<std::byte>(id)));
        return kept.back();
    }
    sv2::NewExtendedMiningJob job(sv2::ChannelId to, std::uint32_t id,
                                  std::optional<std::uint32_t> min_ntime = {}) {
        static const std::vector<sv2::U256> path{sv2::testing::filled(0xaa)};
        kept.push_back(base::Bytes(50, static_cast<std::byte>(id)));
        return {.channel_id = to,
                .job_id = {id},
                .min_ntime = min_ntime,
                .version = 0x20000000,
                .version_rolling_allowed = true,
                .merkle_path = path,
                .coinbase_tx_prefix = kept.back(),
                .coinbase_tx_suffix = kept.back()};
    }
    static sv2::SetNewPrevHash tip(sv2::ChannelId to, std::uint32_t job,
                                   unsigned char hash = 0xcc) {
        return {.channel_id = to,
                .job_id = {job},
                .prev_hash = sv2::testing::filled(hash),
                .min_ntime = 5'000,
                .nbits = 0x1b00d7c0};
    }
    /// Future job and tip of its own.
    ActiveJob start(std::uint32_t channel, std::uint32_t id) {
        hear(job({channel}, id));
        hear(tip({channel}, id));
        return events<pool_event::JobGiven>().at(0).job;
    }
    ChannelShare share_of(const ActiveJob& job) {
        kept.push_back(base::Bytes(job.extranonce_size, std::byte{9}));
        return {.job_id = job.id,
                .nonce = 42,
                .ntime = job.min_ntime + 1,
                .version = job.parts->version ^ 0x20,
                .extranonce = kept.back(),
                .worker = "rig7"};
    }
    bool submit(std::uint32_t channel, const ActiveJob& job, std::uint64_t ticket) {
        effects = {};
        return client->submit({channel}, share_of(job), {ticket}, now, effects);
    }
    std::string failed_as() const {
        return effects.failure ? std::string{failure_name(effects.failure->kind)} : "";
    }

    JobCounter counter;
    base::SteadyTime now{1h};
    std::optional<PoolClient> client;
    PoolEffects effects;
    std::deque<base::Bytes> kept;
};

inline bitcoin::Target target_filled(unsigned char byte) {
    return {bitcoin::Uint256::from_bytes(sv2::testing::filled(byte))};
}

}  // namespace translator
