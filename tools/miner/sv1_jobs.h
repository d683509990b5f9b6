#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "miner/effects.h"
#include "miner/work.h"
#include "sv1/call.h"

namespace miner {

/// The jobs of one SV1 connection, and what holds for each: the difficulty, extranonce and mask
/// that were the last to be told before it. Pure.
class Sv1Jobs {
  public:
    /// `serial` counts the jobs of a session, over connections too: each searches a part of the
    /// extranonces of its own, for a pool may send the same job twice.
    Sv1Jobs(std::uint64_t connection, std::uint32_t& serial);

    struct Job {
        sv2::JobId serial{};  ///< as Work and FoundShare name it
        std::string id{};     ///< as the pool does
        double difficulty{};
        std::optional<std::uint32_t> mask{};  ///< nothing where no version rolling was agreed
        base::Bytes extranonce1{};
    };

    // Each for the jobs to come.

    void on_extranonce(Extranonce extranonce) { extranonce_ = std::move(extranonce); }
    /// False for the second one before a job, of which some firmware uses the first.
    bool on_difficulty(double difficulty);
    /// Bits that are gone are gone at once: true when there is other work for that.
    bool on_mask(std::uint32_t mask, base::SteadyTime now);

    /// Returns what is odd about it, for people. Only after an extranonce.
    std::vector<std::string> on_notify(const sv1::Notify& notify, base::SteadyTime now);

    /// Of the last job; only after one.
    const Job& last() const { return jobs_.back(); }
    bool has_extranonce() const { return extranonce_.has_value(); }
    /// What is to be hashed; null before the first job.
    const Work* work() const { return work_ ? &*work_ : nullptr; }
    /// The job that a share was found for; null when it is stale.
    const Job* find(const FoundShare& share) const;

  private:
    struct Offer {
        std::string id{};
        std::uint32_t version{};
        std::uint32_t nbits{};
        std::uint32_t ntime{};
        base::SteadyTime arrived_at{};
        bitcoin::BlockHash prev_hash{};
        std::shared_ptr<const Coinbase> coinbase{};
        double difficulty{};
        Extranonce extranonce{};
        std::optional<std::uint32_t> mask{};
    };
    void begin_work();

    std::uint64_t connection_;
    std::uint32_t& serial_;
    double difficulty_ = 1;
    bool is_difficulty_new_ = false;
    std::optional<Extranonce> extranonce_{};
    std::optional<std::uint32_t> mask_{};
    std::uint64_t tip_ = 0;
    std::optional<Offer> offer_{};
    std::deque<Job> jobs_{};  ///< of this tip, the latest at the end
    std::optional<Work> work_{};
};

}  // namespace miner
