#pragma once

#include <tl/expected.hpp>
#include <utility>

namespace base {

/// A value, or the reason there is none. Ignoring one is a warning, and in CI an error.
///
/// Only names that std::expected has too are used (`and_then`, `transform`, `value`, `error`), so
/// that the base class can change here and nowhere else.
template <class T, class E>
class [[nodiscard]] Result : public tl::expected<T, E> {
  public:
    using Base = tl::expected<T, E>;
    using Base::Base;
    Result(Base base) : Base(std::move(base)) {}  // what and_then() and transform() return
};

/// The failing side of a Result: `return base::unexpected(ShareError::difficulty_too_low);`
template <class E>
constexpr tl::unexpected<std::decay_t<E>> unexpected(E&& error) {
    return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace base
