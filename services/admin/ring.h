#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace admin {

/// What was added in the time before now, in steps: the last `Size` steps that anything was added
/// to. A window counts its oldest step by the part of it that lies within. Single precision: a step
/// is right to some 10^-6 while it takes fewer than a million additions.
template <std::size_t Size, int StepSeconds>
class Ring {
  public:
    static constexpr std::chrono::microseconds step = std::chrono::seconds{StepSeconds};

    void add(base::UnixMicros at, float value) {
        const auto bucket = at.time_since_epoch() / step;
        if (bucket > newest_) {
            const auto fresh = std::min<std::int64_t>(bucket - newest_, Size);
            for (std::int64_t i = 0; i < fresh; ++i) slot(bucket - i) = 0;
            newest_ = bucket;
        } else if (newest_ - bucket >= static_cast<std::int64_t>(Size)) {
            return;
        }
        slot(bucket) += value;
    }

    /// In the window before `now`, which may be as long as Size - 1 steps.
    double sum(base::UnixMicros now, std::chrono::microseconds window) const {
        const auto begin = (now - window).time_since_epoch();
        const auto first = begin / step;
        if (first > newest_) return 0;
        double total = 0;
        const auto oldest = newest_ - static_cast<std::int64_t>(Size) + 1;
        for (auto bucket = std::max(first + 1, oldest); bucket <= newest_; ++bucket)
            total += slot(bucket);
        if (first >= oldest) {
            const auto outside = std::chrono::duration<double>{begin - first * step} / step;
            total += (1 - outside) * slot(first);
        }
        return total;
    }

  private:
    float& slot(std::int64_t bucket) { return values_[static_cast<std::size_t>(bucket) % Size]; }
    float slot(std::int64_t bucket) const {
        return values_[static_cast<std::size_t>(bucket) % Size];
    }

    std::int64_t newest_ = 0;
    std::array<float, Size> values_{};
};

}  // namespace admin
