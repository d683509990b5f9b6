#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "simulation/redis/redis_store.h"

namespace simulation {

/// A command that changed something, and what it saw of the world.
struct Written {
    redis::Args args{};
    std::int64_t at_us = 0;
    WriteRules rules{};
};

/// What a primary has done, so that the data of a replica which has received a part of it can be
/// made when somebody asks for it: from a copy of the primary's data, and what came after.
class RedisHistory {
  public:
    /// `now` is where the stores that are made here read the time of what is done again.
    RedisHistory(const RedisStore& start, std::uint64_t offset, std::int64_t& now)
        : base_(start), base_offset_(offset), now_(now) {}

    std::uint64_t end() const { return base_offset_ + written_.size(); }
    void add(Written written) { written_.push_back(std::move(written)); }

    /// The data after so many commands, which must lie between what is let go and the end.
    RedisStore at(std::uint64_t offset) const;
    /// Everyone has what lies before `offset`; `now` is the data at the end. Cheap unless the last
    /// copy is long ago.
    void let_go_before(std::uint64_t offset, const RedisStore& now);

  private:
    RedisStore base_;
    std::uint64_t base_offset_ = 0;
    std::deque<Written> written_{};
    /// A later copy, for when everyone has come so far.
    std::optional<RedisStore> next_{};
    std::uint64_t next_offset_ = 0;
    std::int64_t& now_;
};

}  // namespace simulation
