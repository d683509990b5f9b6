#pragma once

#include <array>
#include <boost/container/flat_map.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "bus/batch.h"
#include "gateway/channel.h"
#include "gateway/channel_keys.h"
#include "gateway/effects.h"
#include "gateway/extensions.h"
#include "gateway/group_book.h"
#include "gateway/job_book.h"
#include "gateway/mining_policy.h"
#include "gateway/work_book.h"
#include "sv2/common_messages.h"
#include "sv2/frame.h"
#include "sv2/limits.h"
#include "sv2/mining_messages.h"

namespace gateway {

/// One connection's mining protocol, as a state machine without I/O or clock: plaintext frames and
/// what the rest of the pool has to say go in, Effects come out (Sv2 5). It dies with the
/// connection, and nothing of it needs to outlive that: a share travels with all that it is judged
/// by.
class Session {
  public:
    struct Limits {
        std::size_t channels_max{sv2::limits::channels_per_connection_max};
        std::size_t pending_opens_max{sv2::limits::pending_opens_per_connection_max};
        std::size_t anomalies_max{sv2::limits::anomalies_per_connection_max};
        std::size_t requested_extensions_max{sv2::limits::requested_extensions_max};
        /// Custom jobs are kept for two tips, so that their late shares can be judged. A miner sets
        /// one for each of its templates: some hundred in an hour, of a kilobyte each.
        std::size_t custom_job_bytes_max{1024 * 1024};
        /// The hardest target the pool gives: a share above difficulty 2^32 cannot be counted.
        bitcoin::Target hardest_target{bitcoin::target_of(bitcoin::Difficulty{~std::uint64_t{0}})};
        /// Extensions without which a client may do nothing. Ours are all optional.
        Extensions::Ids required_extensions{};
    };

    /// `peer` is the miner's address, for the record. `keys` and `work` outlive the session.
    Session(std::string peer, ChannelKeys& keys, WorkBook& work, Limits limits,
            MiningPolicy policy = {});
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// A frame from the miner, read at `now`.
    void on_frame(const sv2::FrameHeader& header, base::ByteView payload, base::UnixMicros now,
                  Effects& effects);

    /// A worker has decided about a channel that this session asked for.
    void on_open_outcome(const bus::OpenOutcome& outcome, Effects& effects);

    /// A worker has decided anew whom a channel's coinbase pays.
    void on_outputs_change(const bus::OutputsChange& change, Effects& effects);

    /// The work book has a new template. Jobs for it, and if the tip changed the SetNewPrevHash
    /// that activates them, come out together, so that nobody falls between.
    enum class TemplateChange { refresh, new_tip };
    void on_template(TemplateChange change, Effects& effects);

    /// Vardiff proposes a target. It is clamped to what the channel can take.
    void on_proposal(mining::ChannelKey key, const bitcoin::Target& target, Effects& effects);
    void on_proposal_for_all(const bitcoin::Target& target, Effects& effects);

    /// The ledger has a share: it is answered now if rejected, with the others of its channel at
    /// on_verdicts_end() or, where acknowledgements are held, at a later one or on_time().
    void on_verdict(mining::ChannelKey key, std::uint32_t sequence_number,
                    const bus::Verdict& verdict, Effects& effects);
    void on_verdicts_end(base::SteadyTime now, Effects& effects);
    void on_time(base::SteadyTime now, Effects& effects);

    /// The gateway wants the miner elsewhere: what is held is said, then Reconnect, to the same
    /// host and port, where others serve (Sv2 3.6.5). The connection goes on until it is ended.
    void ask_to_leave(Effects& effects);
    /// Closes every channel, for the miner to know; `reason` as it may be said (Sv2 3.5).
    void close_all_channels(std::string_view reason, Effects& effects);
    /// Closes one, as an operator wants it, for a reason of at most 255 bytes. False where it is
    /// not there (any more).
    bool close_channel(mining::ChannelKey key, std::string_view reason, Effects& effects);
    /// Says at once what is held: the connection is about to be ended.
    void acknowledge_all(Effects& effects);

    /// Closes the channels of who has been banned meanwhile, and tells the miner so.
    using IsBanned = std::function<bool(std::string_view user_identity)>;
    void close_channels_of(const IsBanned& is_banned, Effects& effects);
    void close_channel_of(mining::ChannelKey key, const IsBanned& is_banned, Effects& effects);

    /// The connection is gone: closes what it had in the ledger, the next `at_most` channels. True
    /// when none are left; nothing else may be asked of it meanwhile.
    bool on_end(std::size_t at_most, Effects& effects);

    bool is_set_up() const { return is_set_up_; }
    std::size_t channels() const { return channels_.size(); }
    /// Of one of its channels, whichever; empty while there is none.
    std::string_view user_identity() const;
    /// An upper estimate of the bytes it holds; cheap.
    std::size_t memory() const;
    std::size_t pending_opens() const { return opens_.size(); }
    /// Has the processor fetch what a template will touch: the jobs and groups, and in a second
    /// step, when the first one's has arrived, a channel.
    void prefetch_jobs() const;
    void prefetch_channel() const;
    bool ever_opened() const { return ever_opened_; }
    /// Shares are at a worker.
    bool has_unanswered() const;
    /// Shares that have no answer yet: at a worker.
    std::size_t unanswered() const;
    /// The keys of at most so many channels, in their order.
    std::vector<mining::ChannelKey> channel_keys(std::size_t at_most) const;
    /// What it said of itself in SetupConnection; all empty before.
    struct Device {
        std::string_view vendor{};
        std::string_view hardware_version{};
        std::string_view firmware{};
        std::string_view device_id{};
    };
    Device device() const;
    /// Shares that were answered, and when the last one was read.
    struct Tally {
        std::uint64_t accepted{};
        std::uint64_t rejected{};
        base::UnixMicros last_share_at{};
    };
    const Tally& tally() const { return tally_; }
    /// Accepted shares wait to be told about: on_time() is to be called.
    bool holds_acknowledgements() const { return !to_acknowledge_.is_empty(); }
    /// Too much is asked at once: do not read on until outcomes have come.
    bool wants_pause() const { return opens_.size() >= limits_.pending_opens_max; }

  private:
    struct PendingOpen {
        sv2::RequestId request_id{};
        bus::ChannelOpen open{};
    };
    void on_setup(base::ByteView payload, Effects& effects);
    void keep_device(const sv2::SetupConnection& setup);
    void on_open_standard(base::ByteView payload, Effects& effects);
    void on_open_extended(base::ByteView payload, Effects& effects);
    void on_update(base::ByteView payload, Effects& effects);
    void on_close(base::ByteView payload, Effects& effects);
    void on_submit_standard(base::ByteView payload, base::UnixMicros now, Effects& effects);
    void on_submit_extended(base::ByteView payload, base::UnixMicros now, Effects& effects);
    void on_custom_job(base::ByteView payload, Effects& effects);
    void on_request_extensions(base::ByteView payload, Effects& effects);
    void on_message(const sv2::FrameHeader& header, base::ByteView payload, base::UnixMicros now,
                    Effects& effects);

    std::string_view custom_job_refusal(const sv2::SetCustomMiningJob& message,
                                        const mining::CustomJob& job) const;
    const SentJob& accept_custom_job(sv2::ChannelId address, mining::CustomJob job);
    template <class Act>
    void for_each_addressed(sv2::ChannelId id, Act act);

    void ask_for_channel(sv2::RequestId request_id, bus::ChannelOpen open, Effects& effects);
    void refuse_open(sv2::RequestId request_id, std::string_view code, Effects& effects);
    void submit(sv2::ChannelId channel, mining::ChannelKind kind, sv2::JobId job,
                mining::SubmittedShare share, std::string_view worker, Effects& effects);
    bool take_worker(base::ByteView tlv_area, std::string_view& worker, Effects& effects) const;
    void refuse_share(sv2::ChannelId channel, std::uint32_t sequence_number,
                      mining::ShareError error, Effects& effects);
    void acknowledge(Effects& effects);
    void end_channel(std::uint32_t id, std::string_view reason, Effects& effects);

    GroupTerms terms_for(const bus::Channel& channel, mining::OutputsId outputs_id) const;
    Group& join_group(std::uint32_t channel, const GroupTerms& terms,
                      std::shared_ptr<const mining::PayoutOutputs> outputs);
    SentJob describe_job(const Group& group, sv2::ChannelId scope, mining::Variant variant,
                         bool is_future) const;
    bool send_job(const Channel& channel, const Group& group, sv2::ChannelId address,
                  const SentJob& job, Effects& effects);
    void send_set_new_prev_hash(sv2::ChannelId address, sv2::JobId job, Effects& effects);
    void send_first_job(Channel& channel, const Group& group, Effects& effects);
    void send_to_group(Group& group, TemplateChange change, Effects& effects);
    bitcoin::Target clamped(const bitcoin::Target& target, const Channel& channel) const;
    bool may_reissue() const;
    bool set_target(Channel& channel, const bitcoin::Target& target, Effects& effects);
    void reissue_job(Channel& channel, Effects& effects);

    template <class Message>
    static void send(const Message& message, Effects& effects);
    void violation(std::string_view reason, Effects& effects) { effects.close = reason; }
    void malformed(sv2::DecodeError error, Effects& effects) {
        effects.malformed = error;
        violation("malformed", effects);
    }

    std::string peer_;
    ChannelKeys& keys_;
    WorkBook& work_;
    Limits limits_;
    MiningPolicy policy_;
    Extensions extensions_;
    ConnectionFlags flags_{};

    // The four texts behind each other, and where the first three end: most connections are idle.
    std::string device_{};
    std::array<std::uint16_t, 3> device_ends_{};
    Tally tally_{};
    bool is_set_up_{};
    bool ever_opened_{};
    std::size_t anomalies_{};
    Moment moment_{};
    std::uint32_t last_id_{};  // channels and groups share one namespace
    std::uint16_t last_variant_{};
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Channel>> channels_{};
    // The same by their keys, in order.
    boost::container::flat_map<std::uint64_t, Channel*> by_key_{};
    // Those closed under this tip and the one before: their shares may still be blocks.
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Channel>> closed_{};
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Channel>> closed_before_{};
    std::map<std::uint64_t, PendingOpen> opens_{};  // by channel key, hence in order
    GroupBook groups_{};
    JobBook jobs_{};
    AcknowledgementQueue to_acknowledge_;
    std::vector<std::uint32_t> acknowledged_{};  // being said; kept for its memory
};

/// The channel of this id, or the members of the group of this id.
template <class Act>
void Session::for_each_addressed(sv2::ChannelId id, Act act) {
    if (const auto own = channels_.find(id.value); own != channels_.end()) return act(*own->second);
    if (const auto* group = groups_.find(id))
        for (const auto member : group->members) act(*channels_.at(member));
}

}  // namespace gateway
