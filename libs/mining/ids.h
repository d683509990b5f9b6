#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/strong_id.h"

namespace mining {

/// The life of one gateway or template leader: 40 bits, 4 ms ticks of Redis' clock, never issued
/// twice (architecture D11).
using Epoch = base::StrongId<struct EpochTag, std::uint64_t>;
inline constexpr unsigned epoch_bits = 40;
inline constexpr unsigned counter_bits = 24;

/// How many names one epoch has to give.
inline constexpr std::uint64_t counter_max = (std::uint64_t{1} << counter_bits) - 1;

/// A channel's name in the whole pool, for ever: gateway epoch (40 bits), counter (24 bits). Its 8
/// bytes, most significant first, are the channel's extranonce_prefix, so no two channels ever
/// search the same space.
using ChannelKey = base::StrongId<struct ChannelKeyTag, std::uint64_t>;

/// A template's name: leader epoch (40 bits), sequence (24 bits). Larger is newer.
using TemplateRef = base::StrongId<struct TemplateRefTag, std::uint64_t>;

/// Which issue of a template's job this is: 0 for the broadcast job, counted per connection for
/// each job that is issued again with the same template.
using Variant = base::StrongId<struct VariantTag, std::uint16_t>;

/// Names a set of payout outputs by its content.
using OutputsId = base::StrongId<struct OutputsIdTag, std::uint64_t>;

/// Chosen by the server, unique in a connection (Sv2 5.3.15).
using JobId = base::StrongId<struct JobIdTag, std::uint32_t>;

template <class Ref>
constexpr Ref make_ref(Epoch epoch, std::uint64_t counter) {
    return Ref{(epoch.value << counter_bits) | counter};
}
template <class Ref>
constexpr Epoch epoch_of(Ref ref) {
    return Epoch{ref.value >> counter_bits};
}

/// The 8 bytes, most significant first, that stand in a coinbase.
constexpr std::array<std::byte, 8> to_bytes(std::uint64_t value) {
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::byte>(static_cast<std::uint8_t>(value >> (56 - 8 * i)));
    return bytes;
}

}  // namespace mining
