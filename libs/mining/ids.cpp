#include "mining/ids.h"

namespace mining {
namespace {

std::optional<std::uint64_t> joined(Epoch epoch, std::uint32_t counter) {
    if (epoch.value > epoch_max || counter > counter_max) return std::nullopt;
    return epoch.value << 24 | counter;
}

std::uint64_t load_be(std::span<const std::byte, 8> bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

KeyBytes store_be(std::uint64_t value) {
    KeyBytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>((value >> (56 - 8 * i)) & 0xffU);
    return bytes;
}

}  // namespace

std::optional<ChannelKey> ChannelKey::of(Epoch epoch, std::uint32_t counter) {
    const auto value = joined(epoch, counter);
    return value ? std::optional{ChannelKey{*value}} : std::nullopt;
}

ChannelKey ChannelKey::from_bytes(std::span<const std::byte, 8> bytes) {
    return ChannelKey{load_be(bytes)};
}

KeyBytes ChannelKey::to_bytes() const {
    return store_be(value);
}

std::optional<TemplateRef> TemplateRef::of(Epoch leader, std::uint32_t sequence) {
    const auto value = joined(leader, sequence);
    return value ? std::optional{TemplateRef{*value}} : std::nullopt;
}

TemplateRef TemplateRef::from_bytes(std::span<const std::byte, 8> bytes) {
    return TemplateRef{load_be(bytes)};
}

KeyBytes TemplateRef::to_bytes() const {
    return store_be(value);
}

}  // namespace mining
