#include "admin/webhook_queue.h"

#include <algorithm>

namespace admin {

bool WebhookQueue::push(Delivery delivery) {
    if (is_stopped_) return true;
    if (waiting_.size() < size_max) {
        waiting_.push_back(std::move(delivery));
        return true;
    }
    // The first one may be on its way.
    const auto oldest = std::find_if(waiting_.begin() + 1, waiting_.end(),
                                     [](const auto& waiting) { return waiting.place.empty(); });
    if (oldest != waiting_.end()) {
        waiting_.erase(oldest);
        waiting_.push_back(std::move(delivery));
    }
    return false;
}

const Delivery* WebhookQueue::next(base::SteadyTime now) {
    if (waiting_.empty() || is_sending_ || now < not_before_) return nullptr;
    is_sending_ = true;
    if (!first_try_) first_try_ = now;
    return &waiting_.front();
}

std::optional<base::SteadyTime> WebhookQueue::due() const {
    if (waiting_.empty() || is_sending_) return std::nullopt;
    return not_before_;
}

WebhookQueue::Ended WebhookQueue::on_outcome(Outcome outcome, base::SteadyTime now) {
    is_sending_ = false;
    if (outcome == Outcome::refused_for_good) {
        is_stopped_ = true;
        waiting_.clear();
        return {};
    }
    const bool is_over = outcome == Outcome::failed && now - *first_try_ >= given_up_after;
    if (outcome == Outcome::failed && !is_over) {
        not_before_ = now + rest_;
        rest_ = std::min(rest_ * 2, rest_last);
        return {};
    }
    Ended ended{.place = std::move(waiting_.front().place), .is_given_up = is_over};
    waiting_.pop_front();
    first_try_.reset();
    if (!is_over) {
        rest_ = rest_first;
        not_before_ = base::SteadyTime::min();
    }
    return ended;
}

}  // namespace admin
