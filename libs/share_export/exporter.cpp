#include "share_export/exporter.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "ledger/readers.h"

namespace share_export {
namespace {

using Seconds = std::chrono::duration<double>;
using ledger::ReaderError;

constexpr std::chrono::milliseconds tick_every{250};
/// Read ahead while so many deliveries wait; then the log keeps the rest.
constexpr std::size_t deliveries_ahead = 2;

std::string_view kind_of(const GapRecord& gap) {
    return gap.is_rollback ? "rollback" : "trimmed";
}

}  // namespace

Exporter::Exporter(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
                   Settings settings, Sink& sink, service::Registry& metrics, service::Stage& stage)
    : loop_(loop),
      clock_(clock),
      client_(client),
      settings_(std::move(settings)),
      sink_(sink),
      stage_(stage),
      shares_(metrics
                  .counters("adit_admin_export_shares_total",
                            "Shares delivered, and durable where they were delivered to.", {"sink"})
                  .with({settings_.sink})),
      failures_(metrics
                    .counters("adit_admin_export_failures_total",
                              "Attempts to deliver shares, or to open the sink, that failed.",
                              {"sink"})
                    .with({settings_.sink})),
      bytes_missing_(metrics
                         .counters("adit_admin_export_missing_bytes_total",
                                   "Bytes of log records that were trimmed before their shares "
                                   "were delivered: they are in no export.",
                                   {"sink"})
                         .with({settings_.sink})),
      gaps_(metrics.counters("adit_admin_export_gaps_total",
                             "Times that entries of the log were missing.", {"sink", "kind"})),
      behind_(metrics
                  .gauges("adit_admin_export_behind_seconds",
                          "Age of the oldest moment up to which not everything is delivered.",
                          {"sink"})
                  .with({settings_.sink})),
      up_(metrics
              .gauges("adit_admin_export_up", "1 while the last attempt to deliver succeeded.",
                      {"sink"})
              .with({settings_.sink})),
      stuck_(metrics
                 .gauges("adit_admin_export_stuck_partitions",
                         "Partitions that stand before an entry which cannot be read.", {"sink"})
                 .with({settings_.sink})),
      timer_(loop),
      retry_timer_(loop) {
    for (std::uint32_t number = 0; number < settings_.partitions; ++number)
        partitions_[number].feed = std::make_unique<PartitionFeed>(
            loop_, client_, clock_,
            PartitionFeed::Settings{.partition = number, .poll_interval = settings_.poll_interval},
            [this, number](PartitionFeed::Read read) { take(number, std::move(read)); });
    for (const auto* kind : {"trimmed", "rollback"}) gaps_.with({settings_.sink, kind});
    metrics.on_collect([this, alive = std::weak_ptr{run_}] {
        if (!alive.expired()) publish();
    });
}

void Exporter::start() {
    for (auto& [number, partition] : partitions_) partition.was_delivered_to = clock_.unix_now();
    open_sink();
    tick();
}

void Exporter::leave() {
    ++*run_;
    timer_.cancel();
    retry_timer_.cancel();
    for (auto& [number, partition] : partitions_) partition.feed->stop();
    stage_.publish_empty();
}

void Exporter::open_sink() {
    is_open_ = false;
    sink_.open([this, alive = std::weak_ptr{run_}, run = *run_](const Sink::Opened& opened) {
        const auto current = alive.lock();
        if (!current || *current != run) return;
        if (!opened) return begin_anew(Failed::opening, opened.error());
        begin(*opened);
    });
}

void Exporter::begin(const Places& places) {
    is_open_ = true;
    pending_ = {};
    for (auto& [number, partition] : partitions_) {
        const auto place = places.find(number);
        partition.delivered = place == places.end() ? share_log::Position{} : place->second;
        partition.is_held = false;
        partition.feed->start(partition.delivered);
    }
    if (failed_ == 0)
        base::log_info("the export of shares goes on behind what it has",
                       {{"sink", settings_.sink}, {"partitions_with_a_place", places.size()}});
    else if (failed_at_ == Failed::opening)
        recover();
    keep_readers();
}

void Exporter::take(std::uint32_t number, PartitionFeed::Read read) {
    auto& partition = partitions_.at(number);
    if (pending_.pieces.empty() && pending_.gaps.empty()) pending_since_ = clock_.steady_now();
    const bool is_new = partition.delivered == share_log::Position{};
    if (is_new && !read.pieces.empty()) pending_.starts.try_emplace(number, read.first);
    if (read.gap) pending_.gaps.push_back(*read.gap);
    for (auto& piece : read.pieces) {
        if (!partition.waits_since)
            partition.waits_since = base::UnixMicros{std::chrono::milliseconds{piece.entry.ms}};
        pending_.shares += piece.rows.size();
        pending_.pieces.push_back(std::move(piece));
    }
    pending_.places[number] = read.place;
    if (pending_.shares + written_ >= deliveries_ahead * settings_.deliver_shares)
        partition.is_held = true;
    else
        partition.feed->go_on();
    deliver_if_due();
}

void Exporter::deliver_if_due() {
    if (!is_open_ || is_writing_ || pending_.places.empty()) return;
    if (pending_.shares < settings_.deliver_shares &&
        clock_.steady_now() < pending_since_ + settings_.deliver_every)
        return;
    deliver();
}

void Exporter::deliver() {
    is_writing_ = true;
    auto what = std::make_shared<Delivery>();
    // The pieces go, what is known of them stays.
    what->places = pending_.places;
    what->gaps = pending_.gaps;
    what->shares = written_ = pending_.shares;
    for (const auto& [number, place] : what->places) {
        auto& partition = partitions_.at(number);
        partition.writes_since = std::exchange(partition.waits_since, std::nullopt);
    }
    sink_.write(std::exchange(pending_, {}), [this, what, alive = std::weak_ptr{run_}, run = *run_](
                                                 const std::optional<std::string>& failure) {
        const auto current = alive.lock();
        if (!current || *current != run) return;
        is_writing_ = false;
        written_ = 0;
        if (failure) return begin_anew(Failed::writing, *failure);
        on_delivered(*what);
    });
}

void Exporter::on_delivered(const Delivery& what) {
    recover();
    shares_.add(what.shares);
    for (const auto& gap : what.gaps) count_gap(gap);
    for (const auto& [number, place] : what.places) {
        auto& partition = partitions_.at(number);
        partition.delivered = place;
        partition.writes_since.reset();
    }
    keep_readers();
    for (auto& [number, partition] : partitions_)
        if (std::exchange(partition.is_held, false)) partition.feed->go_on();
    deliver_if_due();
}

void Exporter::recover() {
    if (std::exchange(failed_, 0) > 0)
        base::log_info("the export of shares works again", {{"sink", settings_.sink}});
    told_failure_.clear();
}

/// What was read goes: the sink says where to go on.
void Exporter::begin_anew(Failed at, const std::string& why) {
    for (auto& [number, partition] : partitions_)
        partition.was_delivered_to = delivered_to(partition);
    ++*run_;
    failed_at_ = at;
    ++failed_;
    failures_.add();
    if (std::exchange(told_failure_, why) != why)
        base::log_error("the export of shares fails and is tried again; the log waits for it",
                        {{"sink", settings_.sink}, {"reason", why}});
    is_open_ = false;
    is_writing_ = false;
    written_ = 0;
    pending_ = {};
    for (auto& [number, partition] : partitions_) {
        partition.feed->stop();
        partition.waits_since.reset();
        partition.writes_since.reset();
        // Answers to these are not heard any more.
        partition.is_acknowledging = partition.is_registering = false;
    }
    tick();
    retry_timer_.expires_after(next_retry());
    retry_timer_.async_wait([this, alive = std::weak_ptr{run_}, run = *run_](const auto& error) {
        const auto current = alive.lock();
        if (!error && current && *current == run) open_sink();
    });
}

void Exporter::tick() {
    publish();
    deliver_if_due();
    keep_readers();
    timer_.expires_after(tick_every);
    timer_.async_wait([this, alive = std::weak_ptr{run_}, run = *run_](const auto& error) {
        const auto current = alive.lock();
        if (!error && current && *current == run) tick();
    });
}

/// Also while the sink is away: from its first day the log waits for this reader.
void Exporter::keep_readers() {
    if (!client_.is_connected()) return;
    for (auto& [number, partition] : partitions_) {
        if (!partition.is_registered)
            register_reader(number);
        else if (partition.delivered.id != partition.acknowledged &&
                 partition.delivered != share_log::Position{})
            acknowledge(number);
    }
}

void Exporter::register_reader(std::uint32_t number) {
    if (std::exchange(partitions_.at(number).is_registering, true)) return;
    ledger::register_reader(
        client_, number, settings_.reader, ledger::ReaderKind::required,
        ledger::ReaderStart::oldest,
        [this, number, alive = std::weak_ptr{run_}, run = *run_](const auto& done) {
            const auto current = alive.lock();
            if (!current || *current != run) return;
            auto& partition = partitions_.at(number);
            partition.is_registering = false;
            partition.is_registered = done || done.error().kind == ReaderError::exists;
            if (done)
                base::log_info("registered as a required reader of the share log",
                               {{"reader", settings_.reader}, {"partition", number}});
            else if (done.error().text.find("registered: optional") != std::string::npos)
                base::log_warning(
                    "the share log does not wait for this export: its reader is registered as "
                    "optional; unregister it and it registers itself as required",
                    {{"reader", settings_.reader}, {"partition", number}});
            else if (done.error().kind == ReaderError::too_many)
                base::log_error(
                    "the share log has as many readers as it takes, so it does not wait for this "
                    "export: unregister one, see aditctl log readers",
                    {{"reader", settings_.reader}, {"partition", number}});
        });
}

void Exporter::acknowledge(std::uint32_t number) {
    auto& of = partitions_.at(number);
    if (std::exchange(of.is_acknowledging, true)) return;
    ledger::acknowledge(
        client_, number, settings_.reader, of.delivered.id,
        [this, number, id = of.delivered.id, alive = std::weak_ptr{run_},
         run = *run_](const auto& done) {
            const auto current = alive.lock();
            if (!current || *current != run) return;
            auto& partition = partitions_.at(number);
            partition.is_acknowledging = false;
            if (done) {
                partition.acknowledged = id;
            } else if (done.error().kind == ReaderError::unknown) {
                base::log_warning(
                    "this export was unregistered while it runs, and registers itself again; to "
                    "end it, take it out of the configuration first",
                    {{"reader", settings_.reader}, {"partition", number}});
                partition.is_registered = false;
            } else if (done.error().kind == ReaderError::ahead) {
                // Redis is older than what was delivered; the next entry shows it as a gap.
                partition.acknowledged = id;
            }
        });
}

void Exporter::count_gap(const GapRecord& gap) {
    gaps_.with({settings_.sink, std::string{kind_of(gap)}}).add();
    bytes_missing_.add(gap.bytes_missing);
    base::log_error(gap.is_rollback
                        ? "the share log is older than what was exported of it: some exported "
                          "shares may not be in the ledger"
                        : "the share log was trimmed before it was exported: shares are missing",
                    {{"sink", settings_.sink},
                     {"partition", gap.partition},
                     {"after", gap.after.text()},
                     {"before", gap.before.text()},
                     {"bytes", gap.bytes_missing}});
}

base::UnixMicros Exporter::delivered_to(const Partition& partition) const {
    const auto read_to = partition.feed->read_to();
    if (!is_open_ || !read_to) return partition.was_delivered_to;
    if (partition.writes_since) return *partition.writes_since;
    if (partition.waits_since) return *partition.waits_since;
    const auto place = EntryId::from(partition.delivered.id).value_or(EntryId{});
    return std::max(*read_to, base::UnixMicros{std::chrono::milliseconds{place.ms}});
}

base::UnixMicros Exporter::delivered_to() const {
    auto least = base::UnixMicros::max();
    for (const auto& [number, partition] : partitions_)
        least = std::min(least, delivered_to(partition));
    return least;
}

std::uint64_t Exporter::delivered_shares() const {
    return shares_.value();
}

void Exporter::publish() {
    const auto now = clock_.unix_now();
    const auto to = delivered_to();
    const auto behind = to > now ? std::chrono::microseconds{0} : now - to;
    behind_.set(std::chrono::duration_cast<Seconds>(behind).count());
    up_.set(is_open_ && failed_ == 0 ? 1 : 0);
    stuck_.set(static_cast<double>(std::ranges::count_if(
        partitions_, [](const auto& of) { return !of.second.feed->stuck_at().empty(); })));
    if (behind <= settings_.deliver_every + 2 * settings_.poll_interval && failed_ == 0)
        stage_.publish_empty();
    else
        stage_.publish(std::max<std::size_t>(pending_.shares + written_, 1),
                       clock_.steady_now() - behind);
}

std::chrono::milliseconds Exporter::next_retry() {
    auto wait = settings_.retry_min;
    for (std::uint32_t i = 1; i < failed_ && wait < settings_.retry_max; ++i) wait *= 2;
    return std::min(wait, settings_.retry_max);
}

}  // namespace share_export
