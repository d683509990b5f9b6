#pragma once

#include <algorithm>

#include "bitcoin/target.h"
#include "gateway/effects.h"
#include "gateway/session.h"
#include "sv2/codec.h"
#include "sv2/types.h"

/// What the parts of Session use to write messages. Private to them.
namespace gateway {

template <class Message>
void Session::send(const Message& message, Effects& effects) {
    sv2::append_frame(message, effects.frames);
}

inline sv2::U256 to_wire(const bitcoin::Uint256& value) {
    sv2::U256 wire{};
    std::ranges::copy(value.as_bytes(), wire.begin());
    return wire;
}
inline sv2::U256 to_wire(const bitcoin::Target& target) {
    return to_wire(target.value);
}

}  // namespace gateway
