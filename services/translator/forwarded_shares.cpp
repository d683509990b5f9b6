#include "translator/forwarded_shares.h"

#include <algorithm>

namespace translator {

std::optional<ForwardedShares::Share> ForwardedShares::add(const Share& share) {
    std::optional<Share> given_up;
    if (shares_.size() >= shares_max) given_up = take(shares_.front().upstream);
    shares_.push_back(share);
    return given_up;
}

std::optional<ForwardedShares::Share> ForwardedShares::take(ShareTicket upstream) {
    const auto found = std::ranges::lower_bound(shares_, upstream, {}, &Share::upstream);
    if (found == shares_.end() || found->upstream != upstream || found->is_answered)
        return std::nullopt;
    found->is_answered = true;
    const auto taken = *found;
    while (!shares_.empty() && shares_.front().is_answered) shares_.pop_front();
    return taken;
}

std::optional<ForwardedShares::Share> ForwardedShares::take_sent_before(base::SteadyTime time) {
    // The one in front has no answer.
    if (shares_.empty() || shares_.front().since >= time) return std::nullopt;
    return take(shares_.front().upstream);
}

}  // namespace translator
