#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bus/batch.h"
#include "bus/lone_pace.h"
#include "bus/partition_queue.h"
#include "bus/scan_book.h"

namespace bus {

/// How a gateway's side of the bus behaves. The defaults are those of architecture D3.
struct DispatcherSettings {
    mining::Epoch epoch{};
    std::uint32_t partitions{16};
    std::uint64_t duplicate_key_fingerprint{};
    /// Larger batches gain nothing and make the ones behind them wait.
    std::size_t shares_a_batch{256};
    /// Past this the sockets of a partition's connections are not read: sixteen full batches are
    /// about a second of the ledger's slowest measured pace.
    std::size_t entries_a_partition{4096};
    /// Opens and closes do not make shares wait, so more of them may wait themselves: the closes of
    /// six connections with all the channels that one may have.
    std::size_t paced_a_partition{65'536};
    EventPace event_pace{};
    LonePace::Settings lone_pace{};
    /// A worker that holds a batch speaks every 250 ms; four words missed is a lost worker.
    std::chrono::milliseconds silence_max{1000};
    /// ZeroMQ knows at once when a worker's process is gone, and tells who sends to it: whoever
    /// holds a batch for so long without a word is sent one.
    std::chrono::milliseconds probe_after{100};
    /// A worker that waits this long with a batch may be cut off from what another can reach: that
    /// gets the batch, too, and all that follows.
    std::chrono::milliseconds waiting_max{3000};
    /// READY comes every 500 ms.
    std::chrono::milliseconds ready_max{3000};
    /// A worker that is heard of, and not of a batch that it was sent, for so long, does not have
    /// it: it could not take it, or what was on the way is lost.
    std::chrono::milliseconds loan_max{5000};
    /// A share that has waited longer for its batch is scanned if its partition stands: nothing of
    /// it has left or come home for as long. Above the 27 ms that a full batch is out when the pool
    /// is saturated, far below what a block's author would notice.
    std::chrono::milliseconds scan_after{50};
    /// A share that has waited longer is scanned however well its partition moves: a block among
    /// the last of a long queue would come late.
    std::chrono::milliseconds scan_at_last{250};
};

/// Why a worker gets no work from this gateway; empty when it is welcome.
std::string refusal_of(const Ready& ready, const DispatcherSettings& settings);

/// A gateway's side of the bus, without sockets or clock: what goes to which worker, and when it
/// goes to another one too. One batch is in flight for each partition; each is kept until its
/// RESULT (architecture D2–D4). Shares that wait too long behind one that stands are sent as a
/// scan, so that a block among them waits for nothing (D6).
class Dispatcher {
  public:
    /// A frame for the worker behind this ZeroMQ routing id.
    struct Send {
        std::string worker{};
        std::string frame{};
    };
    /// The ledger has the batch; each share and open in it has its outcome.
    struct Done {
        Batch batch{};
        Result result{};
    };
    /// The ledger takes this gateway for dead. It must stop serving under its epoch.
    struct Fenced {
        std::string reason{};
    };
    using Effect = std::variant<Send, Done, Fenced>;

    struct Counters {
        std::uint64_t batches_sent{};
        std::uint64_t batches_resent{};
        std::uint64_t results_ignored{};
        std::uint64_t workers_lost{};
        std::uint64_t workers_refused{};
    };

    explicit Dispatcher(DispatcherSettings settings);

    void add_share(Partition partition, const ShareContext& context,
                   const mining::SubmittedShare& share, std::string worker, base::SteadyTime now);
    /// Opens and closes of one connection stay in order, and take turns with those of others.
    void add_event(Partition partition, std::uint64_t connection, EventBody body,
                   base::SteadyTime now);
    void set_tip(const bitcoin::BlockHash& tip, base::SteadyTime now);

    /// Whoever feeds this partition must stop reading until it is no longer full.
    bool is_full(Partition partition) const;

    /// A message from the worker behind this routing id.
    void on_message(const std::string& worker, const ToGateway& message, base::SteadyTime now);
    /// ZeroMQ says that there is no such peer, or that its queue is full.
    void on_unreachable(const std::string& worker, base::SteadyTime now);
    /// To be called ten times a second: finds workers that fell silent.
    void on_tick(base::SteadyTime now);
    /// Sends what may be sent: to be called once after each turn of the loop, and at
    /// next_flush_at().
    void flush(base::SteadyTime now);
    /// When a share will have waited so long that it is scanned, or opens and closes may go that
    /// wait for their pace; nothing while neither will happen.
    std::optional<base::SteadyTime> next_flush_at(base::SteadyTime now) const;
    /// Nobody is served any more: what is paced goes as fast as the ledger takes it.
    void hurry();

    /// What is to be done, in order; empty afterwards.
    std::vector<Effect> take_effects();

    const DispatcherSettings& settings() const { return settings_; }
    const Counters& counters() const { return counters_; }
    const ScanBook& scans() const { return scans_; }
    std::size_t workers() const { return workers_.size(); }
    std::size_t credits() const;
    std::size_t batches_in_flight() const;
    /// Nothing waits and nothing is in flight, events included.
    bool is_idle() const;
    /// Shares that have no outcome yet.
    std::size_t unacknowledged_shares() const;
    /// What waits in the partition where most does.
    std::size_t fullest() const;
    /// Opens and closes that wait for their turn, in all partitions.
    std::size_t paced_events() const;
    /// The same in the partition where most of them wait.
    std::size_t most_paced() const;
    /// When the oldest entry that has no outcome was added, or sent, or is due where it is paced.
    std::optional<base::SteadyTime> oldest() const;
    struct OldestEntry {
        base::SteadyTime since{};
        Partition partition{};
        std::uint64_t sequence{};  // of its batch at a worker; zero while it waits here
    };
    /// The same, and where it is.
    std::optional<OldestEntry> oldest_entry() const;
    /// Who was given a batch, and what is known of it since.
    struct HeldBy {
        WorkerId worker{};
        base::SteadyTime last_heard{};
        std::optional<WaitsFor> waits_for{};
        bool is_lost{};
    };
    struct Unanswered {
        Partition partition{};
        base::SteadyTime since{};
        std::uint64_t sequence{};  // of the batch; zero where none has left yet
        std::size_t shares{};
        std::size_t events{};
        std::vector<HeldBy> held_by{};  // the first that got it first
    };
    /// The partitions where something has waited since before `before`, and for whom.
    std::vector<Unanswered> unanswered(base::SteadyTime before) const;

  private:
    using BatchName = std::pair<std::uint32_t, std::uint64_t>;  // partition and sequence
    struct Loan {
        base::SteadyTime last_heard{};
        std::optional<base::SteadyTime> waiting_since{};
    };
    struct Worker {
        WorkerId id{};
        std::uint32_t credits_granted{};
        base::SteadyTime last_heard{};
        base::SteadyTime last_answer{};     // a RESULT, of whatever batch
        std::map<BatchName, Loan> loans{};  // what it was sent and has not answered

        std::size_t credits() const {
            return loans.size() < credits_granted ? credits_granted - loans.size() : 0;
        }
    };
    struct Holder {
        std::string worker{};
        base::SteadyTime last_heard{};
        std::optional<base::SteadyTime> waiting_since{};
        WorkerId id{};
        std::optional<WaitsFor> waits_for{};
    };
    struct InFlight {
        Batch batch{};
        std::string frame{};
        base::SteadyTime since{};
        std::vector<Holder> holders{};
        bool is_scanned{};
        bool is_lone{};  // nothing but paced events
    };
    struct Lane {
        PartitionQueue queue;
        std::optional<InFlight> in_flight{};
        std::optional<base::SteadyTime> lone_at{};  // when the last lone batch left
        base::SteadyTime moved_at{};                // when a batch left first, or came home
    };

    void on_ready(const std::string& worker, const Ready& ready, base::SteadyTime now);
    void on_waiting(const std::string& worker, const Waiting& waiting, base::SteadyTime now);
    void on_result(const std::string& worker, const Result& result, base::SteadyTime now);
    void on_refused(const std::string& worker, const Refused& refused);
    void return_credit(const std::string& worker, Partition partition, std::uint64_t sequence);
    void write_off_loans(Worker& worker, base::SteadyTime now) const;
    void forget(const std::string& worker);
    void probe_holders(base::SteadyTime now);
    void flush(Lane& lane, base::SteadyTime now);
    bool may_go(const Lane& lane, base::SteadyTime now) const;
    void scan(Lane& lane, base::SteadyTime now);
    std::optional<base::SteadyTime> next_scan_after(const Lane& lane) const;
    void scan_without_holder(InFlight& in_flight, base::SteadyTime now);
    void send_scan(Partition partition, std::uint64_t sequence, Batch shares, base::SteadyTime now);
    std::vector<ScanBook::Candidate> scan_candidates(Partition partition) const;
    bool is_doubtful(const Worker& worker, base::SteadyTime now) const;
    bool send_to_another(InFlight& in_flight, base::SteadyTime now);
    bool needs_another(const InFlight& in_flight, base::SteadyTime now) const;
    InFlight* find(mining::Epoch epoch, Partition partition, std::uint64_t sequence);

    DispatcherSettings settings_;
    std::vector<Lane> lanes_{};
    std::map<std::string, Worker> workers_{};
    ScanBook scans_;
    LonePace lone_pace_;
    std::size_t first_lane_{};  // is asked first; the turn of a lone batch goes round
    std::vector<Effect> effects_{};
    Counters counters_{};
};

}  // namespace bus
