#include "bitcoin/compact_size.h"

namespace bitcoin {

void append_compact_size(base::Bytes& to, std::uint64_t value) {
    if (value < 0xfd) {
        base::append_le(to, static_cast<std::uint8_t>(value));
    } else if (value <= 0xffff) {
        to.push_back(std::byte{0xfd});
        base::append_le(to, static_cast<std::uint16_t>(value));
    } else if (value <= 0xffffffff) {
        to.push_back(std::byte{0xfe});
        base::append_le(to, static_cast<std::uint32_t>(value));
    } else {
        to.push_back(std::byte{0xff});
        base::append_le(to, value);
    }
}

std::size_t compact_size_length(std::uint64_t value) {
    if (value < 0xfd) return 1;
    if (value <= 0xffff) return 3;
    return value <= 0xffffffff ? 5 : 9;
}

std::optional<std::uint64_t> read_compact_size(base::ByteView& rest) {
    if (rest.empty()) return std::nullopt;
    const auto first = std::to_integer<std::uint8_t>(rest[0]);
    const std::size_t length = first < 0xfd ? 1 : first == 0xfd ? 3 : first == 0xfe ? 5 : 9;
    if (rest.size() < length) return std::nullopt;
    std::uint64_t value = first;
    if (length == 3) value = base::load_le<std::uint16_t>(rest.data() + 1);
    if (length == 5) value = base::load_le<std::uint32_t>(rest.data() + 1);
    if (length == 9) value = base::load_le<std::uint64_t>(rest.data() + 1);
    if (compact_size_length(value) != length) return std::nullopt;
    rest = rest.subspan(length);
    return value;
}

}  // namespace bitcoin
