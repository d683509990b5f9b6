#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>

namespace base {

/// An integer that is only ever itself: a JobId does not compare with a ChannelId.
template <class Tag, std::unsigned_integral Int>
struct StrongId {
    Int value{};
    friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace base

template <class Tag, std::unsigned_integral Int>
struct std::hash<base::StrongId<Tag, Int>> {
    std::size_t operator()(base::StrongId<Tag, Int> id) const noexcept {
        return std::hash<Int>{}(id.value);
    }
};
