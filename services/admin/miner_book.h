#pragma once

#include <adit/admin/v1/worker.pb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "admin/miner_windows.h"
#include "admin/table.h"
#include "base/clock.h"
#include "share_log/sums.h"

namespace admin {

/// A worker, or the account that it belongs to.
struct Miner {
    std::string name{};  // the row's
    /// As the miner wrote them; an account has no worker.
    std::string identity{};
    std::string worker{};
    /// Null for an account itself.
    Miner* account = nullptr;
    /// Made with the first share that this process sees.
    std::unique_ptr<MinerWindows> windows{};
    /// Since the pool began.
    share_log::Sums sums{};
    base::UnixMicros last_share_at{};
    double difficulty = 0;
    std::uint32_t channels = 0;
    std::uint32_t silent_channels = 0;
    /// Of an account.
    std::uint32_t workers = 0;
    std::uint32_t active_workers = 0;
    /// Of the channel of its that was looked at last; empty where nobody has said it.
    std::string firmware{};
    /// As the last refresh found it: a share within `active_for`.
    bool is_active = false;
};

/// Workers and accounts, and their rows. Strangers choose names, so both are bounded: beyond, all
/// that are new share one row. Without I/O or clock.
class MinerBook {
  public:
    static constexpr std::size_t names_max = 100'000;
    static constexpr std::chrono::minutes active_for{10};

    MinerBook(Table<adit::admin::v1::Worker>& workers, Table<adit::admin::v1::Identity>& identities,
              std::size_t room = names_max);

    /// The worker of this name, new where there is none.
    Miner& worker(std::string_view identity, std::string_view worker);
    Miner& identity(std::string_view identity);
    /// Null where there is none. `name` is the row's, a worker's or an account's.
    const Miner* find(std::string_view name) const;

    /// One share: the worker's and its account's. `in_sums`: what is known of the time since the
    /// pool began has it already.
    void count(Miner& worker, const share_log::Sums& share, bool in_sums);
    /// What one partition's sums say, by the names of share_log/sums.h, once for each partition.
    /// Those of an account that has no worker's name are its own, of the worker "-".
    void add_sums(const std::vector<std::pair<std::string, share_log::Sums>>& all);

    /// The identities that are kept out.
    void set_banned(std::set<std::string, std::less<>> banned) { banned_ = std::move(banned); }

    void channel_opened(Miner& worker) { change(worker, 1, 0); }
    void channel_closed(Miner& worker, bool was_silent) { change(worker, -1, was_silent ? -1 : 0); }
    void channel_silent(Miner& worker, bool is_silent) { change(worker, 0, is_silent ? 1 : -1); }

    /// Writes the rows of the next so many.
    void refresh(std::size_t count, base::UnixMicros now);

    std::size_t size() const { return miners_.size(); }
    std::uint32_t active_workers() const { return active_workers_; }
    std::uint32_t active_identities() const { return active_identities_; }
    const std::vector<std::unique_ptr<Miner>>& miners() const { return miners_; }

  private:
    Miner& by_sums_name(std::string_view sums_name);
    Miner& other_identity();
    Miner& other_worker();
    Miner& add(std::string name, std::string_view identity, std::string_view worker,
               Miner* account);
    void change(Miner& worker, int channels, int silent);
    void refresh(Miner& miner, base::UnixMicros now);
    void mark_active(Miner& miner, bool is_active);
    bool fill(adit::admin::v1::Worker& row, const Miner& miner, base::UnixMicros now);
    bool fill(adit::admin::v1::Identity& row, const Miner& miner, base::UnixMicros now);

    Table<adit::admin::v1::Worker>& worker_rows_;
    Table<adit::admin::v1::Identity>& identity_rows_;
    std::size_t room_;
    std::vector<std::unique_ptr<Miner>> miners_{};
    std::unordered_map<std::string, Miner*> by_name_{};
    std::set<std::string, std::less<>> banned_{};
    std::size_t workers_ = 0;
    std::size_t identities_ = 0;
    std::uint32_t active_workers_ = 0;
    std::uint32_t active_identities_ = 0;
    std::size_t next_ = 0;
};

}  // namespace admin
