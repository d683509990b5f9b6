#include "translator/answer_book.h"

namespace translator {

WaiterNumber AnswerBook::enter(Waiter& waiter) {
    waiters_.emplace(++last_number_, &waiter);
    return {last_number_};
}

void AnswerBook::leave(WaiterNumber number) {
    waiters_.erase(number.value);
}

void AnswerBook::add(WaiterNumber number, ShareTicket ticket, base::SteadyTime now) {
    queue_.push_back({now + answer_within_, number, ticket});
}

void AnswerBook::on_time(base::SteadyTime now) {
    while (!queue_.empty() && queue_.front().due <= now) {
        const auto entry = queue_.front();
        queue_.pop_front();
        if (const auto waiter = waiters_.find(entry.number.value); waiter != waiters_.end())
            waiter->second->on_answer_due(entry.ticket);
    }
}

}  // namespace translator
