#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bitcoin/target.h"
#include "translator/extranonce_layout.h"
#include "translator/shared_jobs.h"

namespace translator {

/// A job as one miner was told it, frozen: its shares are judged by these very values, whatever the
/// miner is told later.
struct MinerJob {
    std::uint32_t id{};  ///< ours, as `mining.notify` says it
    /// The version bits that may be rolled; nothing where version rolling was not agreed.
    std::optional<std::uint32_t> mask{};
    std::shared_ptr<const SharedJob> shared{};
    std::shared_ptr<const ExtranonceLayout> layout{};
    std::uint64_t channel_job{};  ///< ActiveJob::id
    bitcoin::Target target{};     ///< the pool's
    /// Of the difficulty that the miner was told: equal to `target`, or easier.
    bitcoin::Target told_target{};
    double difficulty{};
};

/// The jobs of one miner whose shares still count: those since the last clean one.
class MinerJobs {
  public:
    /// Ten minutes of a job each 30 s, and some. The oldest goes when there are more.
    static constexpr std::size_t kept_max = 24;

    /// Ids only grow. `first_id` is any number: firmware ignores a job whose id is among its last,
    /// and some remember those over a reconnection.
    explicit MinerJobs(std::uint32_t first_id) : first_id_(first_id), next_id_(first_id) {}

    /// Gives the job its id. The reference lasts until the next call.
    const MinerJob& add(MinerJob job);
    const MinerJob* find(std::uint32_t id) const;
    /// The job was there once: a share for it is late, not confused.
    bool has_ended(std::uint32_t id) const;
    /// From now on all these jobs are stale.
    void clear() { jobs_.clear(); }
    /// The mask that a miner has just been granted is in force at once (BIP 310), so also for the
    /// jobs that it has; those of a fixed version aside.
    void grant(std::optional<std::uint32_t> mask);

    std::size_t size() const { return jobs_.size(); }
    std::size_t memory() const { return jobs_.capacity() * sizeof(MinerJob); }

  private:
    std::vector<MinerJob> jobs_{};  // in the order of their ids
    std::uint32_t first_id_;
    std::uint32_t next_id_;
};

/// The shares of one miner since its last clean job, by their hashes: the same header is the same
/// share under whatever job id it comes. The oldest is forgotten when there are too many; the pool
/// knows it still.
class SeenShares {
  public:
    static constexpr std::size_t kept_max = 1024;

    /// False if it was there.
    bool insert(const bitcoin::BlockHash& hash);
    void clear();
    std::size_t memory() const { return hashes_.capacity() * sizeof(std::uint64_t); }

  private:
    std::vector<std::uint64_t> hashes_{};
    std::size_t oldest_{};
};

}  // namespace translator
