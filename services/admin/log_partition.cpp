#include "admin/log_partition.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/readers.h"
#include "share_log/projector.h"
#include "share_log/record.h"

namespace admin {
namespace {

using namespace std::chrono_literals;

/// A share is in the log within this time of its receipt, where nothing is held up.
constexpr auto log_lag = 1s;
constexpr auto redis_retry = 500ms;
/// After Redis was away, shares that waited for it are in the log within as much time again, and
/// within this.
constexpr auto catches_up_within_max = 60s;
/// The place of the sums among them.
constexpr std::string_view place_field = "at";

base::UnixMicros moment_of(const std::string& id) {
    return base::UnixMicros{std::chrono::milliseconds{ledger::entry_time_ms(id)}};
}

}  // namespace

LogPartition::LogPartition(boost::asio::io_context& loop, redis::Client& client,
                           const base::Clock& clock, Settings settings, Projection& projection)
    : client_(client),
      clock_(clock),
      settings_(std::move(settings)),
      projection_(projection),
      timer_(loop) {}

void LogPartition::start() {
    read_sums();
}

void LogPartition::stop() {
    alive_.reset();
    timer_.cancel();
}

void LogPartition::read_sums() {
    client_.command({"HGETALL", ledger::keys::sums(settings_.partition)},
                    [this, alive = std::weak_ptr{alive_}](const auto& reply) {
                        if (alive.expired()) return;
                        if (!reply) return after(redis_retry, &LogPartition::read_sums);
                        take_sums(*reply);
                        read();
                    });
}

void LogPartition::take_sums(const redis::Reply& reply) {
    std::vector<std::pair<std::string, share_log::Sums>> all;
    const auto fields = reply.array() == nullptr ? 0 : reply.array()->size();
    for (std::size_t i = 0; i + 1 < fields; i += 2) {
        const auto value = reply.string_at(i + 1);
        if (reply.string_at(i) == place_field) {
            const auto place = share_log::position_from(value);
            summed_bytes_ = place ? place->bytes : 0;
        } else if (const auto sums = share_log::decode_sums(value)) {
            all.emplace_back(reply.string_at(i), *sums);
        }
    }
    projection_.miners().add_sums(all);
}

void LogPartition::read() {
    // What is asked without a connection is answered when it is back, however long that takes.
    share_log::read_page(client_, settings_.partition, position_, settings_.page_size,
                         [this, alive = std::weak_ptr{alive_}, asked_at = clock_.unix_now(),
                          was_connected = client_.is_connected()](const auto& page) {
                             if (alive.expired()) return;
                             was_away_ = was_away_ || !was_connected || !page;
                             if (!page) return after(redis_retry, &LogPartition::read);
                             take(*page);
                             if (page->is_full || page->unreadable_id || !was_connected)
                                 return read();
                             on_read_to(asked_at);
                             after(settings_.poll_interval, &LogPartition::read);
                         });
}

void LogPartition::take(const share_log::Page& page) {
    // At the very beginning a log that was trimmed lacks nothing that we had.
    if (page.gap && position_ != share_log::Position{} && !std::exchange(has_passed_over_, false)) {
        ++counters_.gaps;
        counters_.bytes_missed += page.gap->bytes_missing;
        base::log_warning(page.gap->is_rollback
                              ? "the share log is older than what was read of it"
                              : "the share log was trimmed before admin had read it",
                          {{"partition", settings_.partition}, {"bytes", page.gap->bytes_missing}});
    }
    for (const auto& entry : page.entries) take(entry);
    if (!page.unreadable_id) return;
    // No account rests on us: we go on behind it.
    ++counters_.unreadable;
    base::log_error("admin passes over an entry of the share log that it cannot read",
                    {{"partition", settings_.partition}, {"at", *page.unreadable_id}});
    position_.id = *page.unreadable_id;
    has_passed_over_ = true;
}

void LogPartition::take(const share_log::Entry& entry) {
    position_ = entry.position;
    const auto committed_at = moment_of(entry.position.id);
    const auto record = share_log::decode_record(entry.record, entry.duplicates);
    if (record) {
        ++counters_.records;
        counters_.shares += record->batch.shares.size();
        projection_.take(*record, {.partition = settings_.partition,
                                   .committed_at = committed_at,
                                   .is_in_sums = position_.bytes <= summed_bytes_});
    } else {
        ++counters_.unreadable;
    }
    if (!has_caught_up_) read_to_ = committed_at;
}

void LogPartition::on_read_to(base::UnixMicros moment) {
    auto& channels = projection_.channels();
    // What gateways could not have credited meanwhile is on its way now.
    if (std::exchange(was_away_, false) && has_caught_up_) {
        resume_at_ = moment + std::min<std::chrono::microseconds>(moment - read_to_ + log_lag,
                                                                  catches_up_within_max);
        channels.excuse(settings_.partition, resume_at_);
    }
    has_caught_up_ = true;
    read_to_ = moment;
    channels.silence().set_complete(settings_.partition, moment - log_lag);
}

void LogPartition::after(std::chrono::milliseconds wait, void (LogPartition::*step)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, step, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired()) (this->*step)();
    });
}

}  // namespace admin
