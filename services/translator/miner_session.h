#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sv1/difficulty.h"
#include "sv1/message.h"
#include "sv1/responses.h"
#include "translator/answer_book.h"
#include "translator/firmware.h"
#include "translator/hash_rate_meter.h"
#include "translator/miner_channel.h"
#include "translator/miner_context.h"
#include "translator/miner_outlet.h"
#include "translator/miner_status.h"

namespace translator {

/// One miner's connection, as SV1 sees it: a state machine without socket and clock. Lines that
/// were understood go in, lines for the miner come out at its outlet. Owned by the connection; used
/// on its loop. The outlet never destroys the session from within a call of the session's.
///
/// Answers leave in the order of the requests: behind one that waits for the pool, the others wait
/// too; those of shares come when they come. Nothing is pushed before `mining.subscribe` has been
/// answered.
class MinerSession final : private MinerChannel::Owner, private AnswerBook::Waiter {
  public:
    /// Requests that may wait for the pool; firmware sends five or so before it waits itself.
    static constexpr std::size_t held_max = 32;
    /// Shares whose answers wait; those beyond are answered at once, as judged here.
    static constexpr std::size_t unanswered_max = 256;
    /// A proxy of a few machines authorizes each of them.
    static constexpr std::size_t workers_max = 64;
    /// Lines that are no SV1, and accounts that the pool refuses.
    static constexpr std::size_t bad_lines_max = 10;
    static constexpr std::size_t refusals_max = 5;

    /// `context` and `outlet` outlive the session; `peer` is the miner's address, for the log.
    MinerSession(MinerContext& context, MinerOutlet& outlet, std::string peer);
    ~MinerSession() override;
    MinerSession(const MinerSession&) = delete;
    MinerSession& operator=(const MinerSession&) = delete;

    void on_line(const sv1::Message& message);
    /// A line that is no message: answered; too many close the connection.
    void on_bad_line(sv1::ParseError error);
    /// Once a second: keep-alive, and leaving a pool that is gone.
    void on_tick();
    /// The process is about to end: `client.reconnect`. The connection goes on until it is ended.
    void ask_to_leave();
    /// The connection is gone: the channel is kept for the miner to come back to, or closed.
    /// Nothing else may be asked of the session but its destruction.
    void on_end();

    bool is_subscribed() const { return is_subscribed_; }
    bool is_authorized() const { return !workers_.empty(); }
    /// Something that the miner has asked has no answer yet.
    bool has_unanswered() const { return !held_.empty() || !unanswered_.empty(); }
    /// Since when its channel has been asked for and is not there; nothing where it is, or is not
    /// wanted.
    std::optional<base::SteadyTime> waits_since() const {
        if (!channel_ || !channel_->is_open() || channel_->is_ready()) return std::nullopt;
        return channel_->waiting_since();
    }
    /// Bytes, what is shared with other miners aside.
    std::size_t memory() const;
    MinerStatus status() const;

  private:
    /// An answer that is behind one that waits, or that waits itself.
    struct HeldAnswer {
        enum class Kind { text, subscribe, authorize };
        Kind kind{};
        sv1::Id id{};
        std::string text{};  ///< whole lines, or who wants to be authorized
    };
    /// A share that the pool has, and whose answer waits for its verdict.
    struct Unanswered {
        ShareTicket ticket{};
        sv1::Id id{};
        base::SteadyTime since{};
        double difficulty{};
    };
    enum class NotifyKind { job, keep_alive };

    void on_request(const sv1::Request& request);
    void on_call(const sv1::Id& id, const sv1::Configure& call);
    void on_call(const sv1::Id& id, const sv1::Subscribe& call);
    void on_call(const sv1::Id& id, const sv1::Authorize& call);
    void on_call(const sv1::Id& id, const sv1::Submit& call);
    void on_call(const sv1::Id& id, const sv1::SuggestDifficulty& call);
    void on_call(const sv1::Id& id, const sv1::SuggestTarget& call);
    void on_call(const sv1::Id& id, const sv1::ExtranonceSubscribe& call);
    void on_call(const sv1::Id& id, const sv1::Ping& call);
    void on_call(const sv1::Id& id, const sv1::GetVersion& call);
    template <class C>
    void on_call(const sv1::Id& id, const C&) {
        refuse_call(id, sv1::CallError::unknown_method);
    }

    template <class Append>
    void answer(const sv1::Id& id, Append append);
    template <class Append>
    void answer_share(const sv1::Id& id, Append append);
    void refuse_call(const sv1::Id& id, sv1::CallError error);
    void hold(HeldAnswer::Kind kind, const sv1::Id& id, std::string_view text);
    void release_held();
    bool release_subscribe(const HeldAnswer& held);
    bool release_authorize(const HeldAnswer& held);
    void refuse_held(std::string_view code);

    MinerChannel& channel();
    void resume(std::string_view session);
    MinerChannel::Start start() const;
    void update_start();
    void wish(std::optional<double> difficulty);
    bool is_worker(std::string_view user) const;
    bool may_join(std::string_view user) const;
    bool is_other_account(std::string_view user) const;

    void send_job(NotifyKind kind);
    bool say_extranonce();
    void say_mask(std::optional<std::uint32_t> mask);
    void say_difficulty();
    void count_notify(NotifyKind kind, bool is_clean, base::SteadyTime now);
    void note_new_tip(base::SteadyTime now);
    std::optional<std::uint32_t> job_mask() const;

    std::optional<ShareReason> standing_of(const sv1::Submit& share) const;
    const MinerJob* find_job(std::string_view job_id, ShareReason& reason);
    void forward(const sv1::Id& id, const sv1::Submit& share, const MinerJob& job,
                 const CheckedShare& checked);
    void accept(const sv1::Id& id, base::SteadyTime since);
    void reject(const sv1::Id& id, ShareReason reason, std::string_view text = {});
    void answer_by_verdict(const Unanswered& share, Verdict verdict, std::string_view code);
    void note_disagreement(Verdict verdict, std::string_view code);

    void on_channel_terms() override;
    void on_channel_job() override;
    void on_channel_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) override;
    void on_channel_interrupted() override;
    void on_channel_refused(std::string_view code) override;
    void on_answer_due(ShareTicket ticket) override;

    void close(std::string_view reason);

    MinerContext& context_;
    MinerOutlet& outlet_;
    std::string peer_;
    WaiterNumber number_;
    base::SteadyTime since_;

    std::string agent_{};
    const Firmware* firmware_;
    std::vector<std::string> workers_{};
    std::optional<double> wished_difficulty_{};
    double minimum_difficulty_{};
    std::optional<std::uint32_t> granted_mask_{};
    bool takes_extranonces_{};  // may be sent mining.set_extranonce
    bool is_subscribed_{};      // it has its answer
    bool is_leaving_{};
    bool is_closed_{};
    bool owes_job_{};  // the current one was not sent, for it reads too slowly
    std::size_t bad_lines_{};
    std::size_t refusals_{};
    std::vector<HeldAnswer> held_{};

    std::unique_ptr<MinerChannel> channel_{};
    std::optional<std::uint32_t> said_mask_{};
    std::optional<double> said_difficulty_{};
    // What is told for this target, which most jobs share with the one before.
    bitcoin::Target told_for_{};
    sv1::ToldDifficulty told_{};
    base::SteadyTime last_notify_{};

    std::vector<Unanswered> unanswered_{};
    HashRateMeter meter_;
    std::uint64_t accepted_{};
    std::uint64_t short_of_pool_{};
    std::uint64_t disagreed_{};
    std::array<std::uint32_t, share_reasons.size()> rejected_{};
    std::optional<base::SteadyTime> last_share_{};
};

}  // namespace translator
