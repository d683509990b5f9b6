#include <deque>
#include <vector>

#include "fuzz/target.h"
#include "gateway/custom_job_check.h"
#include "gateway/session.h"
#include "mining/records_testing.h"
#include "sv2/codec.h"
#include "sv2/message_table.h"
#include "sv2/setup_flags.h"
#include "sv2/tlv.h"

// A connection of the gateway after its handshake. The first byte are the flags of its
// SetupConnection, and bit 7 leaves that out. Then steps, a byte each with what belongs to it: a
// frame from the miner, or something that the rest of the pool has to say. Whatever comes, what is
// said to the miner is well-formed, and what is forwarded is complete.

namespace {

constexpr base::UnixMicros now{std::chrono::seconds{1'700'000'100}};

class Pool {
  public:
    explicit Pool(unsigned flags) {
        template_ = mining::some_template();
        work_.set_current(template_);
        if ((flags & 0x80U) != 0) return;
        const auto frame = sv2::encode(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                                            .min_version = 2,
                                                            .max_version = 2,
                                                            .flags = flags & 5U,
                                                            .vendor = "fuzz"});
        on_frame(frame);
    }

    bool is_over() const { return is_over_; }

    void step(fuzz::Script& script) {
        switch (script.byte() % 8) {
            case 0: return on_typed_frame(script);
            case 1: return answer_open(script.byte());
            case 2: return next_template(false);
            case 3: return next_template(true);
            case 4: return propose(script.byte());
            case 5: return answer_shares(script.byte());
            case 6: return on_frame(script.take(script.byte()));
            default: return grant_all();
        }
    }

    void end() {
        effects_.clear();
        while (!session_.on_end(100, effects_)) {
        }
        fuzz::check(session_.channels() == 0 && session_.pending_opens() == 0,
                    "nothing is left open in the ledger");
    }

  private:
    using Change = gateway::Session::TemplateChange;

    /// Type, extension and channel bit, size, payload.
    void on_typed_frame(fuzz::Script& script) {
        const auto type = script.byte();
        const auto bits = script.byte();
        const auto payload = base::to_bytes(script.take(script.byte()));
        act([&] {
            session_.on_frame({.extension_type = static_cast<std::uint16_t>(bits & 0x3U),
                               .channel_message = (bits & 0x80U) != 0,
                               .message_type = type,
                               .payload_size = static_cast<std::uint32_t>(payload.size())},
                              payload, now, effects_);
        });
    }
    /// A whole frame, as it stands.
    void on_frame(base::ByteView frame) {
        if (frame.size() < sv2::frame_header_size) return;
        auto header = sv2::decode_header(frame.first<sv2::frame_header_size>());
        const auto payload = frame.subspan(sv2::frame_header_size);
        header.payload_size = static_cast<std::uint32_t>(payload.size());
        act([&] { session_.on_frame(header, payload, now, effects_); });
    }
    void answer_open(unsigned how) {
        if (opens_.empty()) return;
        const auto open = opens_.front();
        opens_.pop_front();
        bus::OpenOutcome outcome{.key = open.key,
                                 .error_code = how == 1 ? "unknown-user" : "",
                                 .target = open.max_target,
                                 .outputs = mining::some_outputs()};
        // Outputs that leave no room for the extranonce: a channel without work.
        if (how == 2) outcome.outputs.pool_tag = base::Bytes(90, std::byte{'x'});
        act([&] { session_.on_open_outcome(outcome, effects_); });
    }
    void grant_all() {
        while (!opens_.empty() && !is_over_) answer_open(0);
    }
    void next_template(bool is_new_tip) {
        ++template_.ref.value;
        if (is_new_tip) ++template_.tip.prev_hash.value.bytes[0];
        work_.set_current(template_);
        act([&] {
            session_.on_template(is_new_tip ? Change::new_tip : Change::refresh, effects_);
        });
    }
    void propose(unsigned bits) {
        bitcoin::Target target = bitcoin::target_max();
        for (std::size_t i = 0; i < bits % 32; ++i) target.value.bytes[31 - i] = 0;
        act([&] {
            if (keys_given_.empty() || bits >= 128)
                session_.on_proposal_for_all(target, effects_);
            else
                session_.on_proposal(keys_given_[bits % keys_given_.size()], target, effects_);
        });
    }
    void answer_shares(unsigned how) {
        const auto shares = std::exchange(shares_, {});
        for (const auto& [key, sequence_number] : shares) {
            bus::Verdict verdict{.error = {}, .difficulty = {1ULL << 32}, .solves_block = false};
            if (how == 1) verdict = {.error = mining::ShareError::duplicate_share};
            act([&] { session_.on_verdict(key, sequence_number, verdict, effects_); });
        }
        act([&] { session_.on_verdicts_end({}, effects_); });
    }

    template <class Act>
    void act(Act act) {
        if (is_over_) return;
        effects_.clear();
        act();
        check_frames();
        for (const auto& share : effects_.shares) {
            fuzz::check(share.channel != nullptr && share.outputs != nullptr,
                        "a share travels with all that it is judged by");
            fuzz::check(share.job.channel == share.channel->key, "a share's job is its channel's");
            if (shares_.size() < 1000)
                shares_.emplace_back(share.channel->key, share.share.sequence_number);
        }
        for (const auto& event : effects_.events)
            if (const auto* open = std::get_if<bus::ChannelOpen>(&event)) {
                opens_.push_back(*open);
                keys_given_.push_back(open->key);
            }
        is_over_ = effects_.close.has_value();
    }

    void check_frames() const {
        base::ByteView frames{effects_.frames};
        while (!frames.empty()) {
            fuzz::check(frames.size() >= sv2::frame_header_size, "frames are whole");
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            frames = frames.subspan(sv2::frame_header_size);
            fuzz::check(frames.size() >= header.payload_size, "frames are whole");
            const auto* const info = sv2::find_message(header.extension_type, header.message_type);
            fuzz::check(info != nullptr && info->direction != sv2::Direction::to_server &&
                            info->channel_message == header.channel_message,
                        "the miner hears only what a server says");
            sv2::decode_any(header, frames.first(header.payload_size), [](const auto& decoded) {
                fuzz::check(decoded.has_value(), "what is said to the miner is well-formed");
            });
            frames = frames.subspan(header.payload_size);
        }
    }

    const gateway::LocalCustomJobs check_{};
    gateway::ChannelKeys keys_{mining::Epoch{42}};
    gateway::WorkBook work_{};
    mining::BlockTemplate template_{};
    gateway::Session session_{"127.0.0.1:1",
                              keys_,
                              work_,
                              {.channels_max = 20, .pending_opens_max = 10, .anomalies_max = 50},
                              {.custom_jobs = &check_}};
    gateway::Effects effects_{};
    std::deque<bus::ChannelOpen> opens_{};
    std::vector<mining::ChannelKey> keys_given_{};
    std::vector<std::pair<mining::ChannelKey, std::uint32_t>> shares_{};
    bool is_over_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    Pool pool{script.byte()};
    while (!script.is_empty() && !pool.is_over()) pool.step(script);
    pool.end();
    return 0;
}
