#include "service/stage.h"

#include <algorithm>

namespace service {

std::chrono::nanoseconds Stage::age(base::SteadyTime now) const {
    if (depth_ == 0) return {};
    const base::SteadyTime oldest{base::SteadyTime::duration{oldest_.load()}};
    return std::max(std::chrono::nanoseconds{0},
                    std::chrono::duration_cast<std::chrono::nanoseconds>(now - oldest));
}

}  // namespace service
