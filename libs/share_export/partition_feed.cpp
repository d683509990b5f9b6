#include "share_export/partition_feed.h"

#include <algorithm>
#include <utility>

#include "base/integer.h"
#include "base/log.h"
#include "ledger/keys.h"

namespace share_export {

PartitionFeed::PartitionFeed(boost::asio::io_context& loop, redis::Client& client,
                             const base::Clock& clock, Settings settings, OnRead on_read)
    : client_(client),
      clock_(clock),
      settings_(settings),
      on_read_(std::move(on_read)),
      timer_(loop) {}

void PartitionFeed::start(const share_log::Position& after) {
    stop();
    place_ = after;
    has_read_ = false;
    read_to_ =
        base::UnixMicros{std::chrono::milliseconds{EntryId::from(after.id).value_or(EntryId{}).ms}};
    look_back_at_ = {};
    read();
}

void PartitionFeed::stop() {
    ++*run_;
    timer_.cancel();
}

void PartitionFeed::go_on() {
    if (has_more_)
        read();
    else
        read_after(settings_.poll_interval);
}

void PartitionFeed::read() {
    share_log::read_page(
        client_, settings_.partition, place_, settings_.page_size,
        [this, alive = std::weak_ptr{run_}, run = *run_, asked_at = clock_.unix_now(),
         was_connected = client_.is_connected()](const auto& page) {
            const auto current = alive.lock();
            if (!current || *current != run) return;
            if (!page) return read_after(settings_.poll_interval);
            take(*page, asked_at, was_connected);
        });
}

void PartitionFeed::take(const share_log::Page& page, base::UnixMicros asked_at,
                         bool was_connected) {
    has_read_ = true;
    if (page.entries.empty()) {
        if (page.unreadable_id) return stand_still(*page.unreadable_id);
        // What is asked without a connection is answered when it is back, however long that takes.
        if (was_connected) read_to_ = asked_at;
        if (asked_at >= look_back_at_) return look_back();
        return read_after(settings_.poll_interval);
    }
    give(page);
}

void PartitionFeed::give(const share_log::Page& page) {
    Read read;
    const auto& first = page.entries.front();
    read.first = {first.position.id,
                  first.position.bytes - first.record.size() - first.duplicates.size()};
    for (const auto& entry : page.entries) {
        const auto id = EntryId::from(entry.position.id);
        const auto record = share_log::decode_record(entry.record, entry.duplicates);
        if (!id || !record) break;
        read.pieces.push_back({.partition = settings_.partition,
                               .entry = *id,
                               .after = entry.position,
                               .rows = rows_of(settings_.partition, *id, *record)});
    }
    if (read.pieces.empty()) return stand_still(page.entries.front().position.id);
    // At the very beginning a log that was trimmed lacks nothing that we had.
    if (page.gap && place_ != share_log::Position{})
        read.gap = GapRecord{.partition = settings_.partition,
                             .after = EntryId::from(place_.id).value_or(EntryId{}),
                             .before = read.pieces.front().entry,
                             .bytes_missing = page.gap->bytes_missing,
                             .is_rollback = page.gap->is_rollback,
                             .noticed_at = clock_.unix_now()};
    stuck_at_.clear();
    has_more_ = page.is_full || read.pieces.size() < page.entries.size();
    place_ = read.place = read.pieces.back().after;
    on_read_(std::move(read));
}

/// A primary that took over may know less than we have read, and by a clock that is behind: then
/// its new entries would stand before our place, unseen.
void PartitionFeed::look_back() {
    look_back_at_ = clock_.unix_now() + settings_.look_back_every;
    client_.command(
        {"XREVRANGE", ledger::keys::log(settings_.partition), "+", "-", "COUNT", "1"},
        [this, alive = std::weak_ptr{run_}, run = *run_](const auto& reply) {
            const auto current = alive.lock();
            if (!current || *current != run) return;
            const auto place = EntryId::from(place_.id).value_or(EntryId{});
            if (!reply || reply->array() == nullptr || reply->array()->empty())
                return read_after(settings_.poll_interval);
            const auto& item = (*reply->array())[0];
            const auto last = EntryId::from(item.string_at(0));
            const auto* fields = item.array() == nullptr || item.array()->size() < 2
                                     ? nullptr
                                     : (*item.array())[1].array();
            if (!last || *last >= place || fields == nullptr || fields->size() != 6)
                return read_after(settings_.poll_interval);
            Read read;
            read.place = {
                last->text(),
                base::parse_integer<std::uint64_t>((*item.array())[1].string_at(5)).value_or(0)};
            read.gap = GapRecord{.partition = settings_.partition,
                                 .after = place,
                                 .before = *last,
                                 .bytes_missing = 0,
                                 .is_rollback = true,
                                 .noticed_at = clock_.unix_now()};
            place_ = read.place;
            has_more_ = true;
            on_read_(std::move(read));
        });
}

void PartitionFeed::stand_still(const std::string& id) {
    if (std::exchange(stuck_at_, id) != id)
        base::log_error(
            "the export of shares stands still at an entry that it cannot read: is it of a newer "
            "version?",
            {{"partition", settings_.partition}, {"at", id}});
    read_after(settings_.poll_interval);
}

void PartitionFeed::read_after(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait(
        [this, alive = std::weak_ptr{run_}, run = *run_](const boost::system::error_code& error) {
            const auto current = alive.lock();
            if (!error && current && *current == run) read();
        });
}

}  // namespace share_export
