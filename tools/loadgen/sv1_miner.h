#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "loadgen/hash_budget.h"
#include "loadgen/journal.h"
#include "loadgen/peer.h"
#include "loadgen/share_plan.h"
#include "loadgen/statistics.h"
#include "loadgen/stocking.h"
#include "loadgen/sv1_job.h"
#include "loadgen/sv1_style.h"
#include "sv1/line_reader.h"
#include "sv1/parser.h"

namespace loadgen {

/// What all SV1 miners share. Outlives them.
struct Sv1Context {
    Journal& journal;
    Statistics& statistics;
    base::Random& random;
    sv1::Parser parser{line_size_max};
    /// Of shares that come at a given rate, or in a closed loop.
    HashBudget hashes{1e18, {}};
    Stocking stocking{};
    /// Shorter gaps in a miner's service are not told.
    base::SteadyTime::duration gap_min = std::chrono::seconds{1};
    /// Nobody submits any more.
    bool is_ending = false;
    static constexpr std::size_t line_size_max = 64 * 1024;
};

/// Nobody may roll it, and consensus does not mind it.
inline constexpr std::uint32_t fixed_version_bit = 1U << 30;

/// What one miner does.
struct Sv1Plan {
    std::string user{};
    std::string password = "x";
    const Sv1Style* style = &sv1_style(0);
    /// Hashes a second: a faster one finds more shares of the same difficulty.
    double hash_rate_hps = 0;
    /// Instead: so many shares a second, whatever the difficulty.
    double shares_per_second = 0;
    /// Or a closed loop: so many shares without an answer.
    std::uint64_t in_flight = 0;
    BadShares bad{};
    /// A job is worked on until its block is over, whatever the pool sends.
    bool keeps_jobs = false;
    /// No share of it solves a block.
    bool avoids_blocks = false;
    /// Said to the pool where the style says one; 0: nothing is said.
    double suggested_difficulty = 0;
    /// By every style, as a request of its own.
    bool always_suggests = false;
    /// What a pool should find for this hash rate; 0: nobody knows.
    double fitting_difficulty = 0;
    /// Each so many-th share is sent twice, or for a worker that was not authorized; 0: never.
    std::uint64_t duplicates_every = 0;
    std::uint64_t wrong_worker_every = 0;
    /// How long it mines before it leaves, on average, and how long it is away; 0: it stays.
    std::chrono::milliseconds stays{};
    std::chrono::milliseconds away{};
};

/// A miner as firmware is: greets in its style, hashes what it is told against what it is told, and
/// finds shares as its hash rate has it: the moment of the next one is known when its hash is, and
/// comes when as many hashes would have been made. That and a given rate of shares are open loops,
/// in which no answer is waited for and a share counts as waiting from its moment on.
class Sv1Miner final : public Peer {
  public:
    Sv1Miner(Sv1Context& context, Sv1Plan plan, base::SteadyTime now);

    void on_connecting(base::SteadyTime now) override;
    Wish on_connected(base::SteadyTime now, std::string& out) override;
    Wish on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) override;
    Wish on_due(base::SteadyTime now, std::string& out) override;
    base::SteadyTime due() const override;
    std::chrono::milliseconds on_lost(std::string_view reason, base::SteadyTime now) override;
    std::chrono::milliseconds on_left(base::SteadyTime now) override;
    void on_end(base::SteadyTime now) override;

    bool is_connected() const { return connection_ != 0; }
    bool is_working() const { return job_.has_value() && is_authorized_; }
    bool has_ever_worked() const { return has_ever_worked_; }
    /// When the oldest share without an answer was sent.
    std::optional<base::SteadyTime> unanswered_since() const;

  private:
    using Step = Sv1Style::Step;
    struct Asked {
        std::uint64_t id{};
        Step step{};
    };
    struct Sent {
        std::uint64_t id{};
        Intent intent{};
        base::SteadyTime at{};
    };

    // The greeting.
    void greet(std::string& out);
    void ask(Step step, std::string& out);
    sv1::Id id_of(std::uint64_t number) const;
    bool on_answer(const sv1::Response& response, base::SteadyTime now, std::string& out);
    void on_greeting_answer(Step step, const sv1::Response& response, base::SteadyTime now,
                            std::string& out);
    void on_authorized(bool is_accepted, base::SteadyTime now);
    bool says_suggestion_last() const;
    void on_subscribed(const sv1::SubscribeResult& result);

    // What the pool says.
    Wish on_line(std::string_view line, base::SteadyTime now, std::string& out);
    Wish on_request(const sv1::Request& request, base::SteadyTime now, std::string& out);
    void on_notify(const sv1::Notify& notify, base::SteadyTime now);
    bool takes(const sv1::Notify& notify) const;
    void apply_difficulty(base::SteadyTime now);
    void note_work(base::SteadyTime now);
    void on_difficulty(double difficulty);
    void note_job_id(std::string_view id);
    void odd(const char* what) { ++context_.statistics.odd[what]; }

    // The search.
    void begin_search(base::SteadyTime from);
    void search_on();
    ShareSearch::Step take_hashes(ShareSearch::Step step);
    void submit_due(base::SteadyTime now, std::string& out);
    void fill(base::SteadyTime now, std::string& out);
    bool is_stocking(base::SteadyTime now);
    bool submit_next(base::SteadyTime since, base::SteadyTime now, std::string& out);
    void submit(const FoundShare& share, Intent intent, base::SteadyTime since, std::string& out);
    void submit_all(const FoundShare& share, base::SteadyTime since, std::string& out);
    std::uint32_t version_now();
    std::uint32_t ntime_at(base::SteadyTime now) const;

    // Bad shares.
    bool is_possible(Intent intent) const;
    std::optional<FoundShare> find_bad(Intent intent, base::SteadyTime now);
    void journal_share(std::uint64_t id, const FoundShare& share, Intent intent);
    std::string job_id_of(Intent intent) const;

    // The journal and the counts.
    void on_share_answer(const Sent& sent, const sv1::Response& response, base::SteadyTime now);
    double chance();
    std::chrono::nanoseconds exponential(double mean_s);
    ShareCounts& counts(Intent intent) { return context_.statistics.shares[intent]; }

    void forget_connection();
    void give_up_shares();

    Sv1Context& context_;
    Sv1Plan plan_;
    MinerRecord& record_;
    ServiceWatch watch_;

    std::uint64_t connection_ = 0;  // its number in the journal; 0 for none
    sv1::LineReader lines_{Sv1Context::line_size_max};
    std::uint64_t next_id_ = 1;
    std::size_t next_step_ = 0;
    std::vector<Asked> asked_{};
    base::SteadyTime answer_due_ = never;  // of the greeting
    base::SteadyTime leaves_at_ = never;
    std::chrono::milliseconds reconnect_wait_{};

    std::string session_id_{};
    bool is_subscribed_ = false;
    bool is_authorized_ = false;
    std::uint32_t mask_ = 0;
    sv1::ExtranonceBytes extranonce1_{};
    std::size_t extranonce2_size_ = 0;
    std::optional<sv1::SetExtranonce> next_extranonce_{};
    std::optional<double> next_difficulty_{};
    double difficulty_ = 0;  // 0: none was told
    std::array<std::string, 16> recent_job_ids_{};
    std::size_t next_recent_ = 0;

    std::optional<Sv1Job> job_{};
    bool is_job_written_ = false;
    std::optional<Sv1Job> stale_job_{};  // of the block before
    bool is_stale_written_ = false;
    std::optional<FoundShare> last_{};  // honest, of this job
    std::deque<FoundShare> stock_{};    // of this job
    bool is_stocked_ = false;
    bool was_held_ = false;
    base::SteadyTime connecting_since_ = never;  // until it has work
    bool has_ever_worked_ = false;
    base::SteadyTime job_since_{};
    base::SteadyTime search_since_{};
    std::optional<base::SteadyTime> mines_since_{};  // on this connection
    ShareSearch search_{};
    std::optional<FoundShare> found_{};
    base::SteadyTime search_due_ = never;
    std::uint64_t extranonce2_ = 0;
    std::uint64_t rolls_ = 0;
    std::uint64_t honest_ = 0;
    std::deque<Sent> sent_{};
};

}  // namespace loadgen
