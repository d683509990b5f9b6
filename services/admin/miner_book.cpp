#include "admin/miner_book.h"

#include <algorithm>
#include <utility>

#include "admin/row_fields.h"
#include "admin/row_names.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

WindowCounts to_counts(const share_log::Sums& sums) {
    WindowCounts counts{.accepted = static_cast<double>(sums.accepted), .work = 0, .rejected = {}};
    counts.work = (static_cast<double>(sums.credited.high) * 18446744073709551616.0 +
                   static_cast<double>(sums.credited.low)) /
                  4294967296.0;
    for (std::size_t i = 0; i < counts.rejected.size(); ++i)
        counts.rejected[i] = static_cast<double>(sums.rejected[i]);
    return counts;
}

/// Works also before what it is taken from is known: it all wraps around, and back.
void subtract(share_log::Sums& from, const share_log::Sums& less) {
    from.accepted -= less.accepted;
    const bool borrows = from.credited.low < less.credited.low;
    from.credited.low -= less.credited.low;
    from.credited.high -= less.credited.high + (borrows ? 1 : 0);
    for (std::size_t i = 0; i < from.rejected.size(); ++i) from.rejected[i] -= less.rejected[i];
    from.blocks -= less.blocks;
}

proto::Worker::State state_of(const Miner& miner) {
    if (miner.channels == 0) return proto::Worker::STATE_GONE;
    return miner.silent_channels == miner.channels ? proto::Worker::STATE_SILENT
                                                   : proto::Worker::STATE_MINING;
}

/// What both kinds of rows have.
template <class Row>
bool fill_common(Row& row, const Miner& miner, base::UnixMicros now) {
    static const MinerWindows nothing;
    const auto& windows = miner.windows ? *miner.windows : nothing;
    bool changed = false;
    if (row.name().empty()) {
        row.set_name(miner.name);
        row.set_identity(printable(miner.identity));
        changed = true;
    }
    changed |= set_rates(*row.mutable_hash_rates(), windows.work(now));
    changed |= set_counts(*row.mutable_shares_last_hour(), windows.last_hour(now));
    changed |= set_counts(*row.mutable_shares_last_day(), windows.last_day(now));
    changed |= set_counts(*row.mutable_shares(), to_counts(miner.sums));
    if (miner.last_share_at != base::UnixMicros{})
        changed |= set_time(*row.mutable_last_share_time(), miner.last_share_at);
    const auto blocks = static_cast<std::uint32_t>(miner.sums.blocks);
    assign(changed, row.channels(), miner.channels, [&](auto v) { row.set_channels(v); });
    assign(changed, row.blocks(), blocks, [&](auto v) { row.set_blocks(v); });
    return changed;
}

}  // namespace

MinerBook::MinerBook(Table<proto::Worker>& workers, Table<proto::Identity>& identities,
                     std::size_t room)
    : worker_rows_(workers), identity_rows_(identities), room_(room) {}

Miner& MinerBook::add(std::string name, std::string_view identity, std::string_view worker,
                      Miner* account) {
    auto& miner = *miners_.emplace_back(std::make_unique<Miner>());
    miner.name = std::move(name);
    miner.identity = identity;
    miner.worker = worker;
    miner.account = account;
    if (account != nullptr) ++account->workers;
    ++(account == nullptr ? identities_ : workers_);
    by_name_.emplace(miner.name, &miner);
    return miner;
}

Miner& MinerBook::identity(std::string_view identity) {
    auto name = identity_resource(identity);
    if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
    return identities_ < room_ ? add(std::move(name), identity, {}, nullptr) : other_identity();
}

Miner& MinerBook::worker(std::string_view identity_name, std::string_view worker) {
    auto name = worker_resource(identity_name, worker);
    if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
    auto& account = identity(identity_name);
    // Whose account has no row of its own has none either.
    const bool is_shared = account.name == "identities/" + std::string{others_segment};
    if (workers_ >= room_ || is_shared) return other_worker();
    return add(std::move(name), identity_name, worker, &account);
}

Miner& MinerBook::other_identity() {
    const auto name = "identities/" + std::string{others_segment};
    if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
    return add(name, others_segment, {}, nullptr);
}

Miner& MinerBook::other_worker() {
    const auto name = other_identity().name + "/workers/" + std::string{others_segment};
    if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
    return add(name, others_segment, others_segment, &other_identity());
}

const Miner* MinerBook::find(std::string_view name) const {
    const auto found = by_name_.find(std::string{name});
    return found == by_name_.end() ? nullptr : found->second;
}

void MinerBook::count(Miner& worker, const share_log::Sums& share, bool in_sums) {
    for (auto* miner : {&worker, worker.account}) {
        if (!miner->windows) miner->windows = std::make_unique<MinerWindows>();
        if (share.accepted > 0)
            miner->windows->accept(share.last_share_at,
                                   static_cast<double>(share.credited.low) / 4294967296.0);
        else
            for (std::size_t i = 0; i < share.rejected.size(); ++i)
                if (share.rejected[i] > 0)
                    miner->windows->reject(share.last_share_at, mining::share_errors[i]);
        if (!in_sums) miner->sums += share;
        miner->last_share_at = std::max(miner->last_share_at, share.last_share_at);
    }
}

Miner& MinerBook::by_sums_name(std::string_view sums_name) {
    if (sums_name == share_log::other_identities) return other_identity();
    if (sums_name == share_log::other_workers) return other_worker();
    const auto who = sums_name.substr(share_log::other_workers.size());
    const auto parts = share_log::miner_of(who, {});
    return sums_name.starts_with(share_log::other_workers) ? worker(parts.identity, parts.worker)
                                                           : identity(parts.identity);
}

void MinerBook::add_sums(const std::vector<std::pair<std::string, share_log::Sums>>& all) {
    std::unordered_map<Miner*, share_log::Sums> unnamed;
    for (const auto& [name, sums] : all) {
        auto& miner = by_sums_name(name);
        miner.sums += sums;
        miner.last_share_at = std::max(miner.last_share_at, sums.last_share_at);
        if (miner.account == nullptr)
            unnamed[&miner] += sums;
        else
            subtract(unnamed[miner.account], sums);
    }
    for (auto& [account, sums] : unnamed) {
        // Where the ledger had no room for the account itself, its workers have more than it.
        const bool is_negative = sums.accepted >> 63 != 0 || sums.credited.high >> 63 != 0;
        if (is_negative || (sums.accepted == 0 && sums.rejected_shares() == 0)) continue;
        auto& worker_without_name = worker(account->identity, {});
        if (worker_without_name.account != account) continue;
        worker_without_name.sums += sums;
        worker_without_name.last_share_at =
            std::max(worker_without_name.last_share_at, sums.last_share_at);
    }
}

void MinerBook::change(Miner& worker, int channels, int silent) {
    for (auto* miner : {&worker, worker.account}) {
        miner->channels += static_cast<std::uint32_t>(channels);
        miner->silent_channels += static_cast<std::uint32_t>(silent);
    }
}

void MinerBook::refresh(std::size_t count, base::UnixMicros now) {
    for (auto left = std::min(count, miners_.size()); left > 0; --left) {
        if (next_ >= miners_.size()) next_ = 0;
        refresh(*miners_[next_++], now);
    }
}

void MinerBook::refresh(Miner& miner, base::UnixMicros now) {
    mark_active(miner, now - miner.last_share_at < active_for);
    const auto write = [&](auto& table) {
        const bool is_there =
            table.update(miner.name, [&](auto& row) { return fill(row, miner, now); });
        if (is_there) return;
        typename std::remove_reference_t<decltype(table)>::RowType row;
        fill(row, miner, now);
        table.upsert(std::move(row));
    };
    if (miner.account != nullptr)
        write(worker_rows_);
    else
        write(identity_rows_);
}

void MinerBook::mark_active(Miner& miner, bool is_active) {
    if (miner.is_active == is_active) return;
    miner.is_active = is_active;
    const std::uint32_t by = is_active ? 1 : static_cast<std::uint32_t>(-1);
    (miner.account == nullptr ? active_identities_ : active_workers_) += by;
    if (miner.account != nullptr) miner.account->active_workers += by;
}

bool MinerBook::fill(proto::Worker& row, const Miner& miner, base::UnixMicros now) {
    bool changed = fill_common(row, miner, now);
    if (row.worker().empty() && !miner.worker.empty()) row.set_worker(printable(miner.worker));
    assign(changed, row.difficulty(), miner.difficulty, [&](double v) { row.set_difficulty(v); });
    assign(changed, row.state(), state_of(miner), [&](auto v) { row.set_state(v); });
    assign(changed, row.firmware(), miner.firmware, [&](const auto& v) { row.set_firmware(v); });
    return changed;
}

bool MinerBook::fill(proto::Identity& row, const Miner& miner, base::UnixMicros now) {
    bool changed = fill_common(row, miner, now);
    assign(changed, row.workers(), miner.workers, [&](auto v) { row.set_workers(v); });
    assign(changed, row.active_workers(), miner.active_workers,
           [&](auto v) { row.set_active_workers(v); });
    const bool is_banned = banned_.contains(miner.identity);
    assign(changed, row.is_banned(), is_banned, [&](bool v) { row.set_is_banned(v); });
    return changed;
}

}  // namespace admin
