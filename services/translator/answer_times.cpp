#include "translator/answer_times.h"

#include <algorithm>

namespace translator {

void AnswerTimes::add(base::SteadyTime::duration time) {
    times_[added_++ % kept] = time;
    ninth_of_ten_.reset();
}

std::optional<base::SteadyTime::duration> AnswerTimes::ninth_of_ten() const {
    if (added_ < enough) return std::nullopt;
    if (!ninth_of_ten_) {
        auto times = times_;
        const auto count = static_cast<std::ptrdiff_t>(std::min(added_, kept));
        const auto nth = times.begin() + (count * 9 + 9) / 10 - 1;
        std::nth_element(times.begin(), nth, times.begin() + count);
        ninth_of_ten_ = *nth;
    }
    return ninth_of_ten_;
}

}  // namespace translator
