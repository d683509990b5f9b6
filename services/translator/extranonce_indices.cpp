#include "translator/extranonce_indices.h"

#include <algorithm>

#include "base/planted_fault.h"

namespace translator {

std::optional<std::uint32_t> ExtranonceIndices::take() {
    if (!free_.empty()) {
        const auto index = free_.front();
        free_.pop_front();
        return index;
    }
    if (size_ == 0 || fresh_ >> (8 * size_) != 0) return std::nullopt;
    return static_cast<std::uint32_t>(fresh_++);
}

void ExtranonceIndices::give_back(std::uint32_t index) {
    // "Nobody has it any more."
    if (base::is_planted(base::Fault::index_reuse)) return free_.push_front(index);
    resting_.push_back(index);
}

void ExtranonceIndices::jobs_are_stale() {
    free_.insert(free_.end(), resting_.begin(), resting_.end());
    resting_.clear();
}

void ExtranonceIndices::append_to(base::Bytes& out, std::uint32_t index) const {
    for (std::size_t at = size_; at-- > 0;)
        out.push_back(static_cast<std::byte>(static_cast<std::uint8_t>(index >> (8 * at))));
}

std::size_t index_size_within(std::size_t extranonce_size, std::size_t wanted,
                              std::size_t miner_extranonce_size) {
    if (extranonce_size < 2) return 0;
    const std::size_t spare =
        extranonce_size > miner_extranonce_size ? extranonce_size - miner_extranonce_size : 0;
    return std::clamp<std::size_t>(spare, 1, std::max<std::size_t>(wanted, 1));
}

}  // namespace translator
