#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "translator/channels.h"
#include "translator/local_vardiff.h"

namespace translator {

/// From this job on a miner's jobs have this target, until the next change.
struct TargetFrom {
    std::uint64_t job_id{};
    bitcoin::Target target{};
};

/// So many changes of a miner's target within one tip are remembered; shares for jobs before them
/// are stale.
inline constexpr std::size_t targets_max = 32;

/// One miner of an aggregated channel. Its job ids are the number of the channel's job and how
/// often that was issued to it again: (number << 32) + count.
struct Slot {
    ChannelHandle handle{};
    ChannelListener* listener{};
    LocalVardiff vardiff;
    /// Absent until the channel is there; kept while it is interrupted.
    std::optional<std::uint32_t> index{};
    /// It has been told of the channel that is there now.
    bool is_served{};
    std::shared_ptr<const base::Bytes> extranonce_prefix{};
    /// Of its jobs since the last clean one, oldest first.
    std::vector<TargetFrom> targets{};
    std::uint64_t last_job_id{};
    base::SteadyTime issued_at{};
    std::uint64_t last_ticket{};
    /// The job is to be issued again, for another target.
    bool awaits_job{};

    /// The next job's id, for the channel's job of this number; its target is on record.
    std::uint64_t issue(std::uint32_t number, const bitcoin::Target& target, bool is_clean);
    /// Of a job that it was issued; nothing where that is void.
    std::optional<bitcoin::Target> target_of(std::uint64_t job_id) const;

    static std::uint32_t number_of(std::uint64_t job_id) {
        return static_cast<std::uint32_t>(job_id >> 32);
    }
};

/// The slots by handle. A slot stays where it is until it is removed, so that others may come and
/// go meanwhile; handles are never used again.
class Slots {
  public:
    Slot& add(ChannelListener& listener, LocalVardiff vardiff);
    void remove(ChannelHandle handle);
    /// Null where it is not.
    Slot* find(ChannelHandle handle);
    std::size_t size() const { return size_; }

    /// Places of slots; some may be empty.
    std::size_t places() const { return slots_.size(); }
    /// Null where the place is empty.
    Slot* at(std::size_t place) { return slots_[place].get(); }
    std::vector<ChannelHandle> handles() const;

  private:
    std::vector<std::unique_ptr<Slot>> slots_{};
    std::vector<std::uint32_t> free_{};
    std::uint32_t opened_{};
    std::size_t size_{};
};

}  // namespace translator
