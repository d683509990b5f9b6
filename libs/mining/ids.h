#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/strong_id.h"

namespace mining {

/// A start of a gateway, or a leadership of a template replica: 40 bits, never issued twice.
using Epoch = base::StrongId<struct EpochTag, std::uint64_t>;
inline constexpr std::uint64_t epoch_max = (std::uint64_t{1} << 40) - 1;

/// What is counted within an epoch has 24 bits.
inline constexpr std::uint32_t counter_max = (std::uint32_t{1} << 24) - 1;

/// The eight bytes in which names travel where order matters: most significant first.
using KeyBytes = std::array<std::byte, 8>;

/// A channel's name, which no other channel ever has: epoch << 24 | counter. Its eight bytes,
/// big-endian, are what the channel's extranonce_prefix begins with, so that no two channels
/// ever search the same space.
struct ChannelKey {
    std::uint64_t value{};
    friend constexpr auto operator<=>(ChannelKey, ChannelKey) = default;

    /// Nothing when the epoch does not fit 40 bits or the counter 24.
    static std::optional<ChannelKey> of(Epoch epoch, std::uint32_t counter);
    static ChannelKey from_bytes(std::span<const std::byte, 8> bytes);
    KeyBytes to_bytes() const;
    constexpr Epoch epoch() const { return Epoch{value >> 24}; }
    constexpr std::uint32_t counter() const {
        return static_cast<std::uint32_t>(value & counter_max);
    }
};

/// A template's name: leader epoch << 24 | sequence. Later is greater. Its eight bytes,
/// big-endian, stand in the coinbase of every job that is made from it.
struct TemplateRef {
    std::uint64_t value{};
    friend constexpr auto operator<=>(TemplateRef, TemplateRef) = default;

    /// Nothing when the epoch does not fit 40 bits or the sequence 24.
    static std::optional<TemplateRef> of(Epoch leader, std::uint32_t sequence);
    static TemplateRef from_bytes(std::span<const std::byte, 8> bytes);
    KeyBytes to_bytes() const;
    constexpr Epoch epoch() const { return Epoch{value >> 24}; }
    constexpr std::uint32_t sequence() const {
        return static_cast<std::uint32_t>(value & counter_max);
    }
};

/// Which issue of a template's job this is: 0 for the broadcast job, counted per connection for
/// every later one, so that a re-issue never has the headers of the job before it.
using Variant = base::StrongId<struct VariantTag, std::uint16_t>;

/// A PayoutOutputs by its content: the first 8 bytes, big-endian, of a SHA-256 over it.
using OutputsId = base::StrongId<struct OutputsIdTag, std::uint64_t>;

}  // namespace mining

template <>
struct std::hash<mining::ChannelKey> {
    std::size_t operator()(mining::ChannelKey key) const noexcept {
        return std::hash<std::uint64_t>{}(key.value);
    }
};
template <>
struct std::hash<mining::TemplateRef> {
    std::size_t operator()(mining::TemplateRef ref) const noexcept {
        return std::hash<std::uint64_t>{}(ref.value);
    }
};
