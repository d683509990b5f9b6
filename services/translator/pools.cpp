#include "translator/pools.h"

#include <algorithm>

#include "base/log.h"

namespace translator {

Pools::Pools(const Pool::Parts& parts, const PoolsSettings& settings, Pool::Listener& listener)
    : metrics_(parts.metrics), return_after_(settings.return_after) {
    for (const auto& pool : settings.pools)
        pools_.push_back(std::make_unique<Pool>(parts, pool, pools_.size(), listener));
}

void Pools::on_tick(base::SteadyTime now, std::size_t channels) {
    for (const auto& pool : pools_) pool->on_tick(now, channels);
    choose(channels);
    for (const auto& pool : pools_)
        metrics_.in_use.with({pool->name()}).set(pool.get() == serving() ? 1 : 0);
}

Pool* Pools::serving() const {
    return in_use_ && pools_[*in_use_]->is_serving() ? pools_[*in_use_].get() : nullptr;
}

bool Pools::has_alternative(const Pool& pool) const {
    return std::ranges::any_of(
        pools_, [&](const auto& other) { return other.get() != &pool && other->may_serve(); });
}

/// The pool in use stays as long as it serves; otherwise any other that serves already.
std::optional<std::size_t> Pools::next_in_use() const {
    if (serving() != nullptr) return in_use_;
    for (const auto& pool : pools_)
        if (pool->is_serving()) return pool->rank();
    return std::nullopt;
}

void Pools::choose(std::size_t channels) {
    auto next = next_in_use();
    if (!next) {
        search();
        next = next_in_use();
    }
    if (!next && std::ranges::all_of(pools_, [](const auto& pool) { return pool->is_failing(); })) {
        // One that refuses some is better than none.
        for (const auto& pool : pools_) pool->forgive();
        next = next_in_use();
    }
    if (next && next != in_use_) use(*next);
    if (next) rule_others();
    for (const auto& pool : pools_) pool->dial_missing(channels);
}

/// Nothing serves: each is dialled when those before it show no hope.
void Pools::search() {
    for (const auto& pool : pools_) {
        pool->set_mode(Pool::Mode::on);
        if (!pool->is_failing()) return;
    }
}

void Pools::rule_others() {
    for (const auto& pool : pools_) {
        if (pool->rank() == *in_use_) continue;
        if (pool->rank() > *in_use_) {
            pool->set_mode(Pool::Mode::off);
        } else if (pool->mode() != Pool::Mode::on) {
            const bool is_good = pool->has_worked_for(return_after_);
            pool->set_mode(is_good ? Pool::Mode::on : Pool::Mode::probing);
        } else if (pool->is_serving()) {
            // It has come back. Nobody is interrupted: channels leave the other pool once they are
            // open here.
            use(pool->rank());
            return rule_others();
        } else if (pool->is_failing()) {
            pool->set_mode(Pool::Mode::probing);
        }
    }
}

void Pools::use(std::size_t rank) {
    const auto before = in_use_;
    in_use_ = rank;
    if (!before) {
        base::log_info("miners work for a pool", {{"pool", pools_[rank]->name()}});
    } else if (rank > *before) {
        metrics_.failovers.add();
        base::log_warning("miners work for another pool", {{"pool", pools_[rank]->name()},
                                                           {"instead_of", pools_[*before]->name()},
                                                           {"reason", pools_[*before]->trouble()}});
    } else {
        metrics_.returns.add();
        base::log_info("miners work for a pool before the other again",
                       {{"pool", pools_[rank]->name()}, {"instead_of", pools_[*before]->name()}});
    }
}

}  // namespace translator
