#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "redis/address.h"

namespace redis {

/// How a node of a cluster refuses what it does not carry out. Nothing has been written then.
struct Redirect {
    enum class Kind {
        /// `slot` is another primary's, from now on.
        moved,
        /// The slot is on its way to another primary, and these keys are there: once, behind
        /// ASKING.
        ask,
        /// Some of the keys are on their way: again in a moment.
        try_again,
        /// The cluster has no majority, or nobody for this slot: again in a moment.
        down,
    };
    Kind kind{};
    std::uint16_t slot = 0;
    /// Of `moved` and `ask`.
    Address to{};

    friend bool operator==(const Redirect&, const Redirect&) = default;
};

/// Reads an error reply of the node at `from`, which a redirection without a host means.
std::optional<Redirect> read_redirect(std::string_view error, const Address& from);

}  // namespace redis
