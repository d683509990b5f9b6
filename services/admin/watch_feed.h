#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "admin/filter.h"
#include "admin/table.h"

namespace admin {

/// Counts what a feed has seen change, from 1.
using Sequence = std::uint64_t;

/// What all watchers of one collection with one filter are told. A watcher is a place in it:
/// whoever is behind gets the newest state of what has changed since, once. What it has encoded for
/// one watcher it gives to all that stand at the same place.
class WatchFeed {
  public:
    /// A message, and the place behind it.
    struct Chunk {
        grpc::ByteBuffer bytes{};
        Sequence next = 0;
    };

    virtual ~WatchFeed() = default;
    WatchFeed(const WatchFeed&) = delete;
    WatchFeed& operator=(const WatchFeed&) = delete;

    /// Takes in what has changed.
    virtual void update() = 0;
    /// The next message behind `from`, up to `to` at most. Of a snapshot: without removals, and
    /// with `synced` where it reaches `to`. Valid until the next call.
    virtual const Chunk& chunk(Sequence from, Sequence to, bool is_snapshot) = 0;

    Sequence last() const { return last_; }
    /// Whether everything behind that place is known.
    bool knows(Sequence place) const { return place >= floor_ && place <= last_; }

    /// The place as a watcher keeps it: of this feed alone, and of no other process.
    std::string token(Sequence place) const;

  protected:
    /// `id`: from chance.
    WatchFeed(std::uint64_t id, std::uint64_t filter_hash) : id_(id), filter_hash_(filter_hash) {}

    Sequence last_ = 0;
    Sequence floor_ = 0;

  private:
    friend class WatchHub;
    std::uint64_t id_;
    std::uint64_t filter_hash_;
};

/// What of a feed each name is, in the order of changes: the part that knows no row.
class ChangeLog {
  public:
    struct Entry {
        std::string name{};
        bool is_removed = false;
    };

    void put(const std::string& name, Sequence at, bool is_removed);
    /// Whether it is there now.
    bool has(const std::string& name) const;
    const std::map<Sequence, Entry>& entries() const { return entries_; }
    /// Forgets the oldest removals beyond `kept`; the place from which on all are known, or 0 where
    /// none was forgotten.
    Sequence forget_removals(std::size_t kept);

  private:
    std::map<Sequence, Entry> entries_{};
    std::unordered_map<std::string, Sequence> places_{};
    std::set<Sequence> removals_{};
};

/// A feed of a table. `Response` has `upserted`, `removed`, `synced` and `resume_token`.
template <class Row, class Response>
class TableFeed final : public WatchFeed {
  public:
    static constexpr std::size_t removals_kept = 100'000;
    /// Of one message: little enough that thousands of slow watchers may each hold another one.
    static constexpr int rows_max = 1'000;
    static constexpr std::size_t bytes_max = 64 * 1024;

    TableFeed(const Table<Row>& table, Filter filter, std::string name_prefix,
              std::function<void()> refresh, std::uint64_t id, std::uint64_t filter_hash)
        : WatchFeed(id, filter_hash),
          table_(table),
          filter_(std::move(filter)),
          name_prefix_(std::move(name_prefix)),
          refresh_(std::move(refresh)) {}

    void update() override {
        if (refresh_) refresh_();
        if (version_ == table_.version()) return;
        if (!table_.knows(version_)) find_lost_removals();
        const auto changes = table_.since(version_);
        for (const auto& name : changes.removed) remove(name);
        for (const auto* row : changes.upserted) {
            if (matches(*row))
                log_.put(row->name(), ++last_, false);
            else
                remove(row->name());
        }
        version_ = changes.version;
        if (const auto known_from = log_.forget_removals(removals_kept); known_from != 0)
            floor_ = known_from;
        chunks_.clear();
    }

    const Chunk& chunk(Sequence from, Sequence to, bool is_snapshot) override {
        if (chunks_.size() > chunks_kept) chunks_.clear();
        const auto [found, is_new] = chunks_.try_emplace({from, to, is_snapshot});
        if (is_new) found->second = encode(from, to, is_snapshot);
        return found->second;
    }

  private:
    static constexpr std::size_t chunks_kept = 64;

    bool matches(const Row& row) const {
        return std::string_view{row.name()}.starts_with(name_prefix_) && filter_.matches(row);
    }

    void remove(const std::string& name) {
        if (log_.has(name)) log_.put(name, ++last_, true);
    }

    // The table has forgotten since when they are gone.
    void find_lost_removals() {
        std::vector<std::string> lost;
        for (const auto& [at, entry] : log_.entries())
            if (!entry.is_removed && table_.find(entry.name) == nullptr) lost.push_back(entry.name);
        for (const auto& name : lost) remove(name);
    }

    Chunk encode(Sequence from, Sequence to, bool is_snapshot) const {
        Response response;
        Chunk made;
        made.next = to;
        std::size_t bytes = 0;
        const auto& entries = log_.entries();
        for (auto at = entries.upper_bound(from); at != entries.end() && at->first <= to; ++at) {
            if (response.upserted_size() + response.removed_size() >= rows_max ||
                bytes >= bytes_max)
                break;
            made.next = at->first;
            if (at->second.is_removed) {
                if (!is_snapshot) response.add_removed(at->second.name);
                bytes += at->second.name.size();
                continue;
            }
            // Gone, or changed, since the last update: the next one says so.
            const auto* const row = table_.find(at->second.name);
            if (row == nullptr || !matches(*row)) continue;
            *response.add_upserted() = *row;
            bytes += row->ByteSizeLong();
        }
        if (const auto next = entries.upper_bound(made.next);
            next == entries.end() || next->first > to)
            made.next = to;
        const bool is_whole = made.next == to;
        response.set_synced(is_snapshot && is_whole);
        if (!is_snapshot || is_whole) response.set_resume_token(token(made.next));
        bool own = false;
        (void)grpc::SerializationTraits<Response>::Serialize(response, &made.bytes, &own);
        return made;
    }

    const Table<Row>& table_;
    Filter filter_;
    std::string name_prefix_;
    std::function<void()> refresh_;  // for the next round
    Version version_ = 0;
    ChangeLog log_{};
    std::map<std::tuple<Sequence, Sequence, bool>, Chunk> chunks_{};
};

}  // namespace admin
