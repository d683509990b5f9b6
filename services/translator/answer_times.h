#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace translator {

/// How long one pool takes to answer shares: of the recent ones.
class AnswerTimes {
  public:
    static constexpr std::size_t kept = 64;
    static constexpr std::size_t enough = 10;

    void add(base::SteadyTime::duration time);
    /// Nine of ten came within this. Nothing while too few have come.
    std::optional<base::SteadyTime::duration> ninth_of_ten() const;

  private:
    std::array<base::SteadyTime::duration, kept> times_{};
    std::size_t added_{};
    mutable std::optional<base::SteadyTime::duration> ninth_of_ten_{};  // until one is added
};

}  // namespace translator
