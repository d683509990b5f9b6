#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sv2/common_messages.h"
#include "sv2/extension_messages.h"
#include "sv2/frame.h"
#include "sv2/mining_messages.h"
#include "translator/channels.h"
#include "translator/client_channel.h"
#include "translator/job_names.h"
#include "translator/pool_events.h"
#include "translator/pulse.h"

namespace translator {

/// The client's end of one mining connection to a pool, with many extended channels, from
/// SetupConnection on (Sv2 5). Pure: frames, calls and times in, effects out. Whatever the pool
/// does against the protocol ends this connection only.
///
/// A message to a group costs one decoding and a few words for each member; all that its members
/// share they share by pointer. A share costs the same however many channels there are.
class PoolClient {
  public:
    struct Settings {
        std::string host{};  ///< as dialled, for SetupConnection
        std::uint16_t port{};
        bool requires_version_rolling = true;
        bool asks_for_workers = true;
        bool answers_probes = false;  ///< known of earlier connections; see Pulse
    };
    static constexpr std::chrono::seconds setup_deadline{10};
    static constexpr std::chrono::seconds extensions_deadline{5};
    /// One open that is not answered is asked for elsewhere; the connection ends for it only where
    /// no channel was ever opened, or after minutes: a pool whose ledger is away answers late.
    static constexpr std::chrono::seconds open_deadline{30};
    static constexpr std::chrono::seconds open_patience{300};
    /// A pool without a template opens channels and gives them nothing to do.
    static constexpr std::chrono::seconds first_job_deadline{60};
    /// A share that was passed over so long will not be answered any more.
    static constexpr std::chrono::seconds answer_deadline{120};
    /// And of so many the oldest not either.
    static constexpr std::size_t unanswered_max = 4'096;

    /// `counter` outlives the client.
    PoolClient(Settings settings, JobCounter& counter, base::SteadyTime now);

    /// The handshake is done.
    void on_connected(PoolEffects& effects);
    void on_frame(const sv2::FrameHeader& header, base::ByteView payload, base::SteadyTime now,
                  PoolEffects& effects);
    /// Once a second or so.
    void on_tick(base::SteadyTime now, PoolEffects& effects);
    /// Another connection to this pool has died of silence.
    void doubt(bool answers_probes) { pulse_.doubt(answers_probes); }
    /// The connection is gone: an end for every share, channel and question.
    void on_end(base::SteadyTime now, PoolEffects& effects);

    bool is_set_up() const { return state_ == State::set_up; }
    std::size_t channels() const { return channels_.size(); }
    std::size_t open_requests() const { return requests_.size(); }
    bool answers_probes() const { return pulse_.answers_probes(); }
    /// RequestExtensions has no answer yet, or had none when the connection ended.
    bool waits_for_extensions() const { return waits_for_extensions_; }
    /// A channel was opened at some time.
    bool has_opened() const { return has_opened_; }
    /// A job was given.
    bool has_worked() const { return has_worked_; }
    /// The channels that are open, in no order that matters.
    std::vector<ChannelHandle> handles() const;

    struct Open {
        ChannelHandle channel{};
        std::string_view user_identity{};  ///< at most 255 bytes
        double nominal_hash_rate_hps{};
        bitcoin::Target max_target{};
        std::uint16_t min_extranonce_size{};
    };
    /// Only once it is set up. Opened, Refused or Lost follows.
    void open(const Open& open, base::SteadyTime now, PoolEffects& effects);
    /// Nobody waits for this channel any more: it is closed as soon as it is open.
    void abandon(ChannelHandle channel);
    /// What follows does nothing for an id that is not open.
    void update(sv2::ChannelId id, double nominal_hash_rate_hps, const bitcoin::Target& max_target,
                PoolEffects& effects);
    /// The pool answers no share of it any more.
    void close(sv2::ChannelId id, std::string_view reason, base::SteadyTime now,
               PoolEffects& effects);
    /// False where the job is not this channel's, or the extranonce not of its size: nothing is
    /// sent.
    bool submit(sv2::ChannelId id, const ChannelShare& share, ShareTicket ticket,
                base::SteadyTime now, PoolEffects& effects);

  private:
    enum class State { connecting, setting_up, extending, set_up, over };
    struct Request {
        ChannelHandle channel{};
        base::SteadyTime sent_at{};
        bool is_abandoned{};
    };
    struct Group {
        std::vector<ClientChannel*> members{};
        FutureJobs future_jobs{};
    };
    struct Call {
        base::SteadyTime now{};
        PoolEffects& effects;
    };

    void on_message(const sv2::FrameHeader& header, base::ByteView payload, Call call);
    template <class M>
    void decode_and_handle(base::ByteView payload, Call call);
    void handle(const sv2::SetupConnectionSuccess& message, Call call);
    void handle(const sv2::SetupConnectionError& message, Call call);
    void handle(const sv2::RequestExtensionsSuccess& message, Call call);
    void handle(const sv2::RequestExtensionsError& message, Call call);
    void handle(const sv2::Reconnect& message, Call call);
    void handle(const sv2::OpenExtendedMiningChannelSuccess& message, Call call);
    void handle(const sv2::OpenMiningChannelError& message, Call call);
    void handle(const sv2::UpdateChannelError& message, Call call);
    void handle(const sv2::CloseChannel& message, Call call);
    void handle(const sv2::SetGroupChannel& message, Call call);
    void handle(const sv2::SetExtranoncePrefix& message, Call call);
    void handle(const sv2::SetTarget& message, Call call);
    void handle(const sv2::NewExtendedMiningJob& message, Call call);
    void handle(const sv2::SetNewPrevHash& message, Call call);
    void handle(const sv2::SubmitSharesSuccess& message, Call call);
    void handle(const sv2::SubmitSharesError& message, Call call);

    void set_up(Call call);
    void check_deadlines(base::SteadyTime now, PoolEffects& effects);
    void check_requests(base::SteadyTime now, PoolEffects& effects);
    void check_pulse(base::SteadyTime now, PoolEffects& effects);
    void probe(PoolEffects& effects);
    std::optional<Request> take_request(sv2::RequestId id);
    std::string_view fault_of(const sv2::OpenExtendedMiningChannelSuccess& message) const;
    void join(ClientChannel& channel, sv2::ChannelId group);
    void leave(ClientChannel& channel);
    void erase(sv2::ChannelId id);
    ChannelTerms terms_of(const ClientChannel& channel) const;

    std::shared_ptr<const JobParts> parts_of(const sv2::NewExtendedMiningJob& message);
    std::shared_ptr<const Tip> tip_of(const sv2::SetNewPrevHash& message, base::SteadyTime now);
    void give(ClientChannel& channel, ActiveJob job, PoolEffects& effects);

    void answer(const ClientChannel& channel, const UnansweredShares::Share& share, Verdict verdict,
                std::string_view code, Call call);
    void give_up_shares(ClientChannel& channel, Call call);

    ClientChannel* find(sv2::ChannelId id);
    Group* find_group(sv2::ChannelId id);
    void fail(PoolFailure::Kind kind, std::string why, PoolEffects& effects);
    void violation(std::string why, PoolEffects& effects) {
        fail(PoolFailure::Kind::violation, std::move(why), effects);
    }

    Settings settings_;
    JobNames job_names_;
    Pulse pulse_;
    State state_ = State::connecting;
    base::SteadyTime state_since_;
    Moment moment_{};
    std::size_t anomalies_{};
    bool has_fixed_version_{};
    bool tells_workers_{};
    bool waits_for_extensions_{};
    bool has_opened_{};
    std::uint32_t last_request_{};
    std::map<sv2::RequestId, Request> requests_{};  // in the order in which they were sent
    // Since when channels are open and none has been given a job.
    std::optional<base::SteadyTime> idle_since_{};
    bool has_worked_{};
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<ClientChannel>> channels_{};
    boost::unordered_flat_map<std::uint32_t, Group> groups_{};
    // The last few, to be shared with whoever is sent the same.
    std::vector<std::shared_ptr<const JobParts>> recent_parts_{};
    std::size_t next_recent_{};
    std::shared_ptr<const Tip> last_tip_{};
    base::Bytes tlvs_{};  // kept for its memory
};

}  // namespace translator
