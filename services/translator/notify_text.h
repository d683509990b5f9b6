#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "translator/shared_jobs.h"

namespace translator {

/// The text of `mining.notify` for one job, without what differs from miner to miner: id, the tail
/// of coinb1, ntime and whether it is clean.
class NotifyText {
  public:
    explicit NotifyText(const SharedJob& job);

    /// The whole line.
    void append(std::uint32_t id, base::ByteView coinbase1_tail, std::uint32_t ntime, bool is_clean,
                std::string& out) const;

  private:
    std::string coinbase1_{};  // from behind the id to where the tail goes
    std::string rest_{};       // from there to where ntime goes
};

/// The texts of the latest jobs, written once for all miners. Owned by the MinerContext.
class NotifyTexts {
  public:
    /// Miners of several groups of several connections get jobs at about the same time.
    static constexpr std::size_t kept_max = 8;

    const NotifyText& of(const std::shared_ptr<const SharedJob>& job);

  private:
    struct Entry {
        std::shared_ptr<const SharedJob> job;
        NotifyText text;
    };
    std::deque<Entry> kept_{};  // the latest first
};

}  // namespace translator
