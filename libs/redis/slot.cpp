#include "redis/slot.h"

#include <array>

namespace redis {
namespace {

/// CRC-16/XMODEM: polynomial 0x1021, the most significant bit first, from 0.
constexpr std::array<std::uint16_t, 256> make_table() {
    std::array<std::uint16_t, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        unsigned crc = byte << 8U;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000U) != 0 ? crc << 1U ^ 0x1021U : crc << 1U;
        table[byte] = static_cast<std::uint16_t>(crc & 0xffffU);
    }
    return table;
}
constexpr auto table = make_table();

std::uint16_t crc16(std::string_view bytes) {
    unsigned crc = 0;
    for (const char byte : bytes)
        crc = (crc << 8U & 0xffffU) ^ table[(crc >> 8U ^ static_cast<unsigned char>(byte)) & 0xffU];
    return static_cast<std::uint16_t>(crc);
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
    const auto open = key.find('{');
    if (open != std::string_view::npos) {
        const auto close = key.find('}', open + 1);
        if (close != std::string_view::npos && close != open + 1)
            key = key.substr(open + 1, close - open - 1);
    }
    return crc16(key) % slot_count;
}

}  // namespace redis
