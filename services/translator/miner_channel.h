#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sv1/difficulty.h"
#include "translator/channels.h"
#include "translator/extranonce_layout.h"
#include "translator/miner_jobs.h"
#include "translator/session_book.h"
#include "translator/share_check.h"

namespace translator {

struct MinerContext;

/// What a miner is told of its extranonce.
struct ToldExtranonce {
    sv1::ExtranonceBytes extranonce1{};
    std::size_t extranonce2_size{};
    friend bool operator==(const ToldExtranonce&, const ToldExtranonce&) = default;
};

/// A miner's mining: its channel at the pool, its jobs, what it has been told of them. It outlives
/// the miner's connection for a while, so that the miner may come back to it (SessionBook). Owned
/// by the session, or by the book.
class MinerChannel final : public ChannelListener {
  public:
    /// The session, while there is one.
    class Owner {
      public:
        virtual ~Owner() = default;
        virtual void on_channel_terms() = 0;
        virtual void on_channel_job() = 0;
        virtual void on_channel_verdict(ShareTicket ticket, Verdict verdict,
                                        std::string_view code) = 0;
        virtual void on_channel_interrupted() = 0;
        /// The channel is no more; open() may be tried again.
        virtual void on_channel_refused(std::string_view code) = 0;

      protected:
        Owner() = default;
        Owner(const Owner&) = default;
        Owner& operator=(const Owner&) = default;
    };

    explicit MinerChannel(MinerContext& context);
    /// Closes the channel.
    ~MinerChannel() override;
    MinerChannel(const MinerChannel&) = delete;
    MinerChannel& operator=(const MinerChannel&) = delete;

    /// The owner outlives the channel, or attaches nobody when it goes.
    void attach(Owner* owner) { owner_ = owner; }
    SessionId session() const { return session_; }

    struct Start {
        double nominal_hash_rate_hps{};
        bitcoin::Target max_target{};
        friend bool operator==(const Start&, const Start&) = default;
    };
    /// Asks for the channel; one that is there is closed first. `user` as the miner authorized
    /// itself, empty where nobody has.
    void open(std::string_view user, const Start& start);
    void close();
    /// Says so to the pool where it is another.
    void update(const Start& start);

    /// open() was called, and the pool has not refused.
    bool is_open() const { return handle_.has_value(); }
    /// A pool is there for it.
    bool is_ready() const { return is_ready_; }
    /// Since when it has been open and not ready.
    base::SteadyTime waiting_since() const { return waiting_since_; }
    const std::string& user() const { return terms_.user; }
    double nominal_hash_rate_hps() const { return terms_.nominal_hash_rate_hps; }
    bool is_version_fixed() const { return is_version_fixed_; }
    /// The pool has taken a share, so it knows the miner's hash rate better than the miner.
    bool has_accepted() const { return has_accepted_; }

    /// What the miner is to be told by `mining.subscribe`; from then on it counts as told. Nothing
    /// when that depends on the pool, which has not answered yet.
    std::optional<ToldExtranonce> tell_extranonce();
    /// What the miner must be told anew, if that is so.
    std::optional<ToldExtranonce> untold_extranonce() const;

    /// The job to be mined now.
    const ActiveJob* current() const { return current_ ? &*current_ : nullptr; }
    /// A job that has not been sent since is the first of its tip or channel.
    bool owes_clean() const { return owes_clean_; }
    /// Its ntime as of `now`: the clock has gone on since it came. Two hours ahead of the clock at
    /// most.
    std::uint32_t current_ntime(base::SteadyTime now) const;
    /// The current job is being sent, with a new id.
    const MinerJob& issue(std::optional<std::uint32_t> mask, const sv1::ToldDifficulty& told);

    MinerJobs& jobs() { return jobs_; }
    SeenShares& seen() { return seen_; }
    std::optional<ShareTicket> submit(const MinerJob& job, const CheckedShare& checked,
                                      const sv1::Submit& share, std::string_view worker);
    std::optional<base::SteadyTime::duration> verdict_time() const;
    std::size_t memory() const;

    void on_terms(const ChannelTerms& terms) override;
    void on_job(const ActiveJob& job) override;
    void on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) override;
    void on_interrupted() override;
    void on_refused(std::string_view code) override;

  private:
    bool lay_out_for(const std::shared_ptr<const base::Bytes>& prefix, std::size_t rolled_size);
    bool ask_for_less(std::string_view code);
    void forget_channel();
    void forget_jobs();

    MinerContext& context_;
    Owner* owner_{};
    SessionId session_;
    sv1::ExtranonceBytes own_{};  // extranonce1, where the prefix stands in coinb1
    std::optional<ChannelHandle> handle_{};
    OpenTerms terms_{};
    bool is_ready_{};
    bool is_version_fixed_{};
    bool has_accepted_{};
    bool owes_clean_{};
    base::SteadyTime waiting_since_{};
    std::shared_ptr<const ExtranonceLayout> layout_{};
    std::optional<ToldExtranonce> told_{};
    std::optional<ActiveJob> current_{};
    base::SteadyTime current_since_{};
    MinerJobs jobs_;
    SeenShares seen_{};
};

}  // namespace translator
