#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace translator {

/// Gives each miner of one channel a number, whose bytes stand in the extranonce before those that
/// the miner rolls: no two miners ever search the same space. A number that was given back rests
/// until every job that its owner was given is stale, for until then a share of the new owner could
/// be one of the old.
class ExtranonceIndices {
  public:
    /// `size` in bytes; with 0 there are none.
    explicit ExtranonceIndices(std::size_t size) : size_(size) {}

    std::size_t size() const { return size_; }
    /// Nothing where all are taken or rest.
    std::optional<std::uint32_t> take();
    void give_back(std::uint32_t index);
    /// Jobs that anybody was given so far count no more.
    void jobs_are_stale();
    std::size_t resting() const { return resting_.size(); }

    /// Appends the bytes of a number, most significant first.
    void append_to(base::Bytes& out, std::uint32_t index) const;

  private:
    std::size_t size_{};
    std::uint64_t fresh_{};  // this one and those above were never taken
    std::deque<std::uint32_t> free_{};
    std::vector<std::uint32_t> resting_{};
};

/// How many bytes of `extranonce_size` are for the index: those that are wanted, fewer where a
/// miner would not keep what it is to roll, and at least one. 0 where a miner would have nothing to
/// roll.
std::size_t index_size_within(std::size_t extranonce_size, std::size_t wanted,
                              std::size_t miner_extranonce_size);

}  // namespace translator
