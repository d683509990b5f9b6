#include "simulation/redis/failing_ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/keys.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

bitcoin::BlockHash hash_of(std::uint64_t number) {
    bitcoin::BlockHash hash;
    for (std::size_t i = 0; i < 8; ++i)
        hash.value.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}

RedisSettings settings_of(std::uint64_t seed) {
    RedisSettings settings;
    settings.replicas = 1 + seed % 2;
    settings.min_replicas_to_write = seed / 2 % 2;
    return settings;
}

std::string join(const std::vector<std::uint64_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, ","));
}

}  // namespace

FailingLedger::FailingLedger(const Settings& settings)
    : settings_(settings),
      world_(settings.seed),
      redis_(world_.environment(), settings_of(settings.seed)) {
    for (std::size_t i = 0; i < workers_.size(); ++i) start_worker(i);
    for (std::size_t i = 0; i < senders_.size(); ++i) {
        senders_[i].epoch = 1 + i;
        next_batch(senders_[i]);
    }
}

FailingLedger::~FailingLedger() = default;

void FailingLedger::start_worker(std::size_t number) {
    auto& worker = workers_[number];
    worker.ledger.reset();
    worker.client = redis_.connect("worker-" + std::to_string(number));
    ledger::LedgerSettings settings;
    settings.durability = {settings_.wait_for, 200ms};
    if (!settings_.script.empty()) settings.script = settings_.script;
    worker.ledger = std::make_unique<ledger::Ledger>(*worker.client, settings);
}

/// Shares from so few that many are duplicates, of other gateways' too.
void FailingLedger::next_batch(Sender& sender) {
    auto& batch = sender.batch;
    const auto sequence = batch.sequence + 1;
    batch = {};
    batch.epoch = mining::Epoch{sender.epoch};
    batch.sequence = sequence;
    batch.live_tips = {hash_of(1)};
    sender.shares.clear();
    for (auto left = 1 + world_.below(5); left > 0; --left)
        sender.shares.push_back(world_.below(2'000));
    batch.shares = static_cast<std::uint32_t>(sender.shares.size());
    for (std::uint32_t place = 0; place < batch.shares; ++place)
        batch.credited.push_back({place, hash_of(1), hash_of(1'000'000 + sender.shares[place])});
    batch.record = fmt::format("{}/{}:{}", sender.epoch, sequence, join(sender.shares));
    batch.outcome = batch.record;
    send(sender);
}

/// To any worker, and to another one when no answer comes.
void FailingLedger::send(Sender& sender) {
    const auto attempt = ++sender.attempt;
    workers_[world_.below(workers_.size())].ledger->commit(
        sender.batch, [this, &sender, attempt](const auto& got) {
            if (attempt == sender.attempt) on_answer(sender, got);
        });
    world_.after(std::chrono::milliseconds{500 + world_.below(3'000)}, [this, &sender, attempt] {
        if (attempt == sender.attempt && !sender.is_done) send(sender);
    });
}

void FailingLedger::on_answer(Sender& sender,
                              const base::Result<ledger::Committed, ledger::LedgerError>& got) {
    if (!got) {
        if (got.error() == ledger::LedgerError::old || got.error() == ledger::LedgerError::reaped) {
            broken_ = fmt::format("{} is refused for ever", sender.batch.record);
            return;
        }
        world_.after(std::chrono::milliseconds{1 + world_.below(100)},
                     [this, &sender, attempt = sender.attempt] {
                         if (attempt == sender.attempt) send(sender);
                     });
        return;
    }
    if (got->is_replay) ++replays_;
    if (got->outcome != sender.batch.outcome)
        broken_ = fmt::format("{} got the outcome of {}", sender.batch.record, got->outcome);
    acknowledged_[{sender.epoch, sender.batch.sequence}] = {sender.shares, got->duplicates};
    ++sender.attempt;
    sender.is_done = is_winding_down_;
    if (!sender.is_done)
        world_.after(std::chrono::microseconds{world_.below(3'000)},
                     [this, &sender] { next_batch(sender); });
}

void FailingLedger::fail_somehow() {
    const auto node = world_.below(3) == 0 ? world_.below(redis_.nodes()) : redis_.primary();
    const auto worker = world_.below(workers_.size());
    switch (world_.below(14)) {
        case 0: return redis_.kill(node);
        case 1: return redis_.start(node);
        case 2: return redis_.freeze(node);
        case 3: return redis_.thaw(node);
        case 4:
            redis_.kill(redis_.primary());
            redis_.fail_over();
            return;
        case 5: redis_.fail_over(); return;
        case 6: return redis_.cut_replica(world_.below(redis_.nodes()));
        case 7: return redis_.heal_replica(world_.below(redis_.nodes()));
        case 8: return redis_.set_full(world_.below(2) == 0);
        case 9: return redis_.set_fsync({1ms, std::chrono::milliseconds{1 + world_.below(400)}});
        case 10: return redis_.cut_client("worker-" + std::to_string(worker));
        case 11: return redis_.heal_client("worker-" + std::to_string(worker));
        case 12: return start_worker(worker);  // killed, and another in its place
        default: return redis_.heal();
    }
}

std::optional<std::string> FailingLedger::run() {
    for (int i = 0; i < 40 && !broken_; ++i) {
        world_.run_for(std::chrono::milliseconds{world_.below(500)});
        fail_somehow();
    }
    redis_.heal();
    world_.run_for(2s);
    is_winding_down_ = true;
    // Within a client's and a gateway's deadlines, several times over.
    const bool is_over = world_.run_until([this] {
        return broken_ ||
               std::ranges::all_of(senders_, [](const auto& one) { return one.is_done; });
    });
    if (broken_) return broken_;
    if (!is_over) return "a batch was not acknowledged a minute after the last failure";
    return check();
}

/// The log as it stands in the end: every batch once, with the verdicts that its gateway got, in
/// the order of its gateway, and every share credited once.
std::optional<std::string> FailingLedger::check() {
    const auto log = redis_.data().execute({"XRANGE", ledger::keys::log(0), "-", "+"});
    std::set<BatchName> logged;
    std::map<std::uint64_t, std::uint64_t> last;
    std::map<std::uint64_t, int> credits;
    for (const auto& entry : *log.array()) {
        const auto& fields = (*entry.array())[1];
        const std::string record{fields.string_at(1)};
        const auto flags = fields.string_at(3);
        std::uint64_t epoch = 0;
        std::uint64_t sequence = 0;
        if (std::sscanf(record.c_str(), "%lu/%lu:", &epoch, &sequence) != 2)
            return "no record: " + record;
        if (sequence <= last[epoch]) return record + " stands behind a later one";
        last[epoch] = sequence;
        logged.insert({epoch, sequence});
        const auto found = acknowledged_.find({epoch, sequence});
        if (found == acknowledged_.end()) return record + " is in the log, and nobody was told";
        const auto& [shares, duplicates] = found->second;
        if (record != fmt::format("{}/{}:{}", epoch, sequence, join(shares)))
            return record + " is not what was sent";
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (duplicates[i] != (flags[i] != '\0'))
                return record + " has other verdicts than its gateway got";
            if (!duplicates[i] && ++credits[shares[i]] > 1)
                return fmt::format("share {} is credited twice, again by {}", shares[i], record);
            if (duplicates[i] && credits[shares[i]] == 0)
                return fmt::format("share {} of {} is a duplicate of nothing", shares[i], record);
        }
    }
    for (const auto& [name, what] : acknowledged_)
        if (!logged.contains(name))
            return fmt::format("{}/{} was acknowledged and is lost", name.first, name.second);
    return std::nullopt;
}

}  // namespace simulation
