#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gateway/session.h"
#include "mining/records_testing.h"
#include "sv2/codec.h"
#include "sv2/message_table.h"

namespace gateway {

inline constexpr base::UnixMicros received_at{std::chrono::seconds{1'700'000'100}};
inline constexpr sv2::U256 any_target = [] {
    sv2::U256 value{};
    value.fill(std::byte{0xff});
    return value;
}();

/// A session whose frames a test writes and reads, and whose worker the test speaks for.
class SessionTest : public testing::Test {
  protected:
    explicit SessionTest(Session::Limits limits = {}, MiningPolicy policy = {})
        : session{"127.0.0.1:1", keys, work, std::move(limits), policy} {
        block_template = mining::some_template();
        work.set_current(block_template);
    }

    /// One message from the miner; what it caused is in `effects`.
    template <class Message>
    void say(const Message& message) {
        effects.clear();
        say_more(message);
    }
    template <class Message>
    void say_more(const Message& message) {
        say_frame(sv2::encode(message));
    }
    /// A whole frame; kept, since shares borrow from it.
    void say_frame(base::Bytes frame) {
        kept.push_back(std::move(frame));
        const auto view = base::ByteView{kept.back()};
        session.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                         view.subspan(sv2::frame_header_size), received_at, effects);
    }

    /// What was said to the miner, as (header, payload).
    std::vector<std::pair<sv2::FrameHeader, base::Bytes>> heard() const {
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
    std::vector<std::string> heard_names() const {
        std::vector<std::string> names;
        for (const auto& [header, payload] : heard())
            if (const auto* info = sv2::find_message(header.extension_type, header.message_type))
                names.emplace_back(info->name);
        return names;
    }
    /// The only message of this type that was said; borrows from `kept`.
    template <class Message>
    Message only() {
        std::optional<Message> found;
        for (auto& [header, payload] : heard()) {
            if (header.message_type != Message::info.message_type ||
                header.extension_type != Message::info.extension_type())
                continue;
            EXPECT_FALSE(found.has_value()) << "said twice: " << Message::info.name;
            kept.push_back(std::move(payload));
            found = sv2::decode<Message>(kept.back()).value();
        }
        EXPECT_TRUE(found.has_value()) << "not said: " << Message::info.name;
        return found.value_or(Message{});
    }

    void set_up(std::uint32_t flags = 0) {
        say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                 .min_version = 2,
                                 .max_version = 2,
                                 .flags = flags,
                                 .vendor = "test"});
    }

    bus::ChannelOpen ask_standard(std::uint32_t request = 1) {
        say(sv2::OpenStandardMiningChannel{.request_id = {request},
                                           .user_identity = "alice.rig",
                                           .nominal_hash_rate = 1e6F,
                                           .max_target = any_target});
        return std::get<bus::ChannelOpen>(effects.events.at(0));
    }
    bus::ChannelOpen ask_extended(std::uint16_t size, std::uint32_t request = 1) {
        say(sv2::OpenExtendedMiningChannel{.request_id = {request},
                                           .user_identity = "bob",
                                           .nominal_hash_rate = 1e6F,
                                           .max_target = any_target,
                                           .min_extranonce_size = size});
        return std::get<bus::ChannelOpen>(effects.events.at(0));
    }
    void grant(const bus::ChannelOpen& open,
               const bitcoin::Target& target = bitcoin::target_max()) {
        grant(open, mining::some_outputs(), target);
    }
    void grant(const bus::ChannelOpen& open, const mining::PayoutOutputs& outputs,
               const bitcoin::Target& target = bitcoin::target_max()) {
        effects.clear();
        session.on_open_outcome(
            {.key = open.key, .error_code = "", .target = target, .outputs = outputs}, effects);
    }
    bus::ChannelOpen open_standard() {
        const auto open = ask_standard();
        grant(open);
        return open;
    }
    bus::ChannelOpen open_extended(std::uint16_t size = 8) {
        const auto open = ask_extended(size);
        grant(open);
        return open;
    }

    void next_template(Session::TemplateChange change) {
        block_template.ref = {block_template.ref.value + 1};
        if (change == Session::TemplateChange::new_tip)
            block_template.tip.prev_hash.value.bytes[0] ^= static_cast<std::uint8_t>(++tips);
        EXPECT_EQ(work.set_current(block_template), change == Session::TemplateChange::new_tip);
        effects.clear();
        session.on_template(change, effects);
    }

    void submit_standard(std::uint32_t channel, sv2::JobId job, std::uint32_t sequence = 1) {
        say(sv2::SubmitSharesStandard{.channel_id = {channel},
                                      .sequence_number = sequence,
                                      .job_id = job,
                                      .nonce = 7,
                                      .ntime = block_template.tip.min_ntime,
                                      .version = block_template.version});
    }
    void submit_extended(std::uint32_t channel, sv2::JobId job, std::size_t size = 8,
                         base::ByteView tlv_area = {}) {
        const base::Bytes extranonce(size, std::byte{0x5a});
        effects.clear();
        say_frame(sv2::encode(sv2::SubmitSharesExtended{.channel_id = {channel},
                                                        .sequence_number = 1,
                                                        .job_id = job,
                                                        .nonce = 7,
                                                        .ntime = block_template.tip.min_ntime,
                                                        .version = block_template.version,
                                                        .extranonce = extranonce},
                              tlv_area));
    }
    std::string refusal() { return std::string{only<sv2::SubmitSharesError>().error_code}; }

    ChannelKeys keys{mining::Epoch{42}};
    WorkBook work;
    mining::BlockTemplate block_template;
    int tips = 0;
    Session session;
    Effects effects;
    std::deque<base::Bytes> kept;
};

}  // namespace gateway
