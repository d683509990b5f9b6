#include "admin/watch_hub.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "base/bytes.h"
#include "bitcoin/sha256.h"

namespace admin {
namespace {

// What the loop sends in one go: some milliseconds.
constexpr std::size_t sent_in_one_turn = 200;

std::uint64_t hash_of(const WatchHub::Topic& topic) {
    const auto text = topic.collection + '\n' + topic.parent + '\n' + topic.filter;
    const auto digest = bitcoin::sha256(base::as_bytes(text));
    return base::load_le<std::uint64_t>(
        base::as_bytes(std::span<const std::uint8_t>{digest.bytes}).data());
}

}  // namespace

WatchHub::WatchHub(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                   const Limits& limits)
    : loop_(loop), clock_(clock), random_(random), limits_(limits), timer_(loop) {}

void WatchHub::open(const std::shared_ptr<WatchStream>& stream, const Topic& topic,
                    const std::string& resume_token, const MakeFeed& make_feed) {
    if (watchers_.size() >= limits_.watchers_max)
        return stream->finish(to_status(
            {Reason::too_many_watchers,
             fmt::format("there are {} watchers already; end some", limits_.watchers_max)}));
    auto kept = find_feed(topic, make_feed);
    if (!kept) return stream->finish(to_status(kept.error()));
    Watcher watcher{.stream = stream, .kept = *kept};
    if (resume_token.empty()) {
        watcher.snapshot_end = (*kept)->feed->last();
    } else {
        auto place = place_of(**kept, resume_token);
        if (!place) return stream->finish(to_status(place.error()));
        watcher.place = *place;
        watcher.is_synced = true;
    }
    const auto id = next_id_++;
    ++(*kept)->watchers;
    auto& added = watchers_.emplace(id, std::move(watcher)).first->second;
    arm();
    // May find that the watcher has gone, and forget it.
    stream->begin(
        [this, id] {
            if (const auto found = watchers_.find(id); found != watchers_.end())
                send_on(found->second);
        },
        [this, id, alive = std::weak_ptr{is_alive_}] {
            if (!alive.expired()) forget(id);
        });
    if (watchers_.contains(id)) send_on(added);
}

void WatchHub::close() {
    while (!watchers_.empty())
        watchers_.begin()->second.stream->finish(
            to_status({Reason::stopping, "the admin service stops; watch again"}));
}

void WatchHub::tick() {
    for (auto& [topic, kept] : feeds_)
        if (kept.watchers > 0) kept.feed->update();
    drop_old_feeds();
    if (!is_sending_) send_on_from(0);
}

ApiResult<WatchHub::Kept*> WatchHub::find_feed(const Topic& topic, const MakeFeed& make_feed) {
    auto found = feeds_.find(topic);
    if (found == feeds_.end()) {
        if (feeds_.size() >= limits_.feeds_max)
            return base::unexpected(
                ApiError{Reason::too_many_filters,
                         fmt::format("{} different filters are watched or were just now; use one "
                                     "that others use, or filter at your side",
                                     limits_.feeds_max)});
        found = feeds_.emplace(topic, Kept{.feed = make_feed(random_.next_u64(), hash_of(topic))})
                    .first;
    }
    if (found->second.watchers == 0) found->second.feed->update();
    return &found->second;
}

ApiResult<Sequence> WatchHub::place_of(const Kept& kept, const std::string& token) const {
    const auto& feed = *kept.feed;
    const auto made_of = [](std::uint64_t value) { return fmt::format("{:016x}", value); };
    const auto wrong = [&](Reason reason, const char* why) {
        return base::unexpected(ApiError{reason, why, {{"field", "resume_token"}}});
    };
    // filter . feed . place
    constexpr std::size_t head_size = 34;
    const auto is_hex = token.find_first_not_of("0123456789abcdef.") == std::string::npos;
    if (!is_hex || token.size() <= head_size || token.size() > head_size + 16 || token[16] != '.' ||
        token[33] != '.' || token.find('.', head_size) != std::string::npos)
        return wrong(Reason::resume_token_invalid, "resume_token is none that a watch has given");
    if (token.substr(0, 16) != made_of(feed.filter_hash_))
        return wrong(Reason::resume_token_invalid,
                     "resume_token is of another collection, parent or filter");
    const Sequence place = std::stoull(token.substr(head_size), nullptr, 16);
    if (token.substr(17, 16) != made_of(feed.id_) || !feed.knows(place))
        return wrong(Reason::resume_token_too_old,
                     "what has changed since resume_token is not known any more; watch without it "
                     "for a snapshot");
    return place;
}

void WatchHub::send_on(Watcher& watcher) {
    auto& feed = *watcher.kept->feed;
    if (!watcher.stream->is_idle()) return;
    if (watcher.is_synced && watcher.place >= feed.last()) return;
    const auto end = watcher.is_synced ? feed.last() : watcher.snapshot_end;
    const auto& chunk = feed.chunk(watcher.place, end, !watcher.is_synced);
    watcher.place = chunk.next;
    watcher.is_synced = watcher.is_synced || chunk.next >= end;
    watcher.stream->send(chunk.bytes);
}

void WatchHub::send_on_from(std::uint64_t id) {
    auto at = watchers_.lower_bound(id);
    for (std::size_t sent = 0; sent < sent_in_one_turn && at != watchers_.end(); ++sent, ++at)
        send_on(at->second);
    is_sending_ = at != watchers_.end();
    if (!is_sending_) return;
    boost::asio::post(loop_, [this, next = at->first, alive = std::weak_ptr{is_alive_}] {
        if (!alive.expired()) send_on_from(next);
    });
}

void WatchHub::forget(std::uint64_t id) {
    const auto found = watchers_.find(id);
    if (found == watchers_.end()) return;
    auto& kept = *found->second.kept;
    if (--kept.watchers == 0) kept.unwatched_since = clock_.steady_now();
    watchers_.erase(found);
}

void WatchHub::drop_old_feeds() {
    const auto now = clock_.steady_now();
    std::erase_if(feeds_, [&](const auto& entry) {
        return entry.second.watchers == 0 &&
               now - entry.second.unwatched_since >= limits_.feed_kept;
    });
}

void WatchHub::arm() {
    if (is_armed_) return;
    is_armed_ = true;
    timer_.expires_after(limits_.interval);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired()) return;
        is_armed_ = false;
        tick();
        if (!feeds_.empty()) arm();
    });
}

}  // namespace admin
