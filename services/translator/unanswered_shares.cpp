#include "translator/unanswered_shares.h"

#include <utility>

namespace translator {

std::size_t UnansweredShares::after(std::uint32_t sequence_number) const {
    const auto is_at_most = [](std::uint32_t number, const Share& share) {
        return static_cast<std::int32_t>(share.sequence_number - number) > 0;
    };
    const auto found = std::upper_bound(shares_.begin() + static_cast<std::ptrdiff_t>(first_),
                                        shares_.end(), sequence_number, is_at_most);
    return static_cast<std::size_t>(found - shares_.begin());
}

bool UnansweredShares::take(std::uint32_t sequence_number, Share& share) {
    const auto end = after(sequence_number);
    if (end == first_ || shares_[end - 1].sequence_number != sequence_number) return false;
    share = shares_[end - 1];
    erase(end - 1, end);
    return true;
}

void UnansweredShares::erase(std::size_t from, std::size_t to) {
    if (from == first_) {
        first_ = to;
    } else {
        shares_.erase(shares_.begin() + static_cast<std::ptrdiff_t>(from),
                      shares_.begin() + static_cast<std::ptrdiff_t>(to));
    }
    if (is_empty()) {
        // What a burst has taken goes back.
        if (shares_.capacity() > 16) std::vector<Share>{}.swap(shares_);
        shares_.clear();
        first_ = 0;
    } else if (first_ >= 64 && first_ * 2 >= shares_.size()) {
        shares_.erase(shares_.begin(), shares_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

}  // namespace translator
