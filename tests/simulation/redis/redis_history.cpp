#include "simulation/redis/redis_history.h"

#include "base/ensure.h"

namespace simulation {
namespace {

/// A copy costs as much as about so many commands.
constexpr std::uint64_t commands_per_copy = 1'000;

}  // namespace

RedisStore RedisHistory::at(std::uint64_t offset) const {
    base::ensure(offset >= base_offset_ && offset <= end(), "a history that was let go");
    RedisStore store = base_;
    const auto now = now_;
    for (std::uint64_t i = 0; i < offset - base_offset_; ++i) {
        const auto& one = written_[i];
        now_ = one.at_us;
        store.set_rules(one.rules);
        store.replay(one.args);
    }
    now_ = now;
    return store;
}

void RedisHistory::let_go_before(std::uint64_t offset, const RedisStore& now) {
    if (next_ && offset >= next_offset_) {
        written_.erase(written_.begin(),
                       written_.begin() + static_cast<std::ptrdiff_t>(next_offset_ - base_offset_));
        base_ = std::move(*next_);
        base_offset_ = next_offset_;
        next_.reset();
    }
    if (!next_ && written_.size() > commands_per_copy) {
        next_ = now;
        next_offset_ = end();
    }
}

}  // namespace simulation
