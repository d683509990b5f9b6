#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "sv2/ids.h"

namespace sv2 {

inline constexpr std::size_t frame_header_size = 6;
/// In the extension type.
inline constexpr std::uint16_t channel_bit = 0x8000;
/// The largest length that a header can say: 24 bits (Sv2 3.2).
inline constexpr std::size_t payload_size_max = 0xff'ffff;

/// What precedes every payload (Sv2 3.2). On the wire `channel_message` is bit 15 of the
/// extension type, the top bit of the second byte.
struct FrameHeader {
    std::uint16_t extension_type{};  ///< 15 bits: 0 for core messages
    bool channel_message{};
    std::uint8_t message_type{};
    std::uint32_t payload_size{};  ///< 24 bits; of the plaintext, header excluded

    friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// The six bytes of a header. Values are cut to the bits that the wire has.
inline std::array<std::byte, frame_header_size> encode_header(const FrameHeader& header) {
    const unsigned extension = (header.extension_type & ~unsigned{channel_bit}) |
                               (header.channel_message ? channel_bit : 0U);
    return {static_cast<std::byte>(extension & 0xff),
            static_cast<std::byte>((extension >> 8) & 0xff),
            static_cast<std::byte>(header.message_type),
            static_cast<std::byte>(header.payload_size & 0xff),
            static_cast<std::byte>((header.payload_size >> 8) & 0xff),
            static_cast<std::byte>((header.payload_size >> 16) & 0xff)};
}

/// Every six bytes are a header.
inline FrameHeader decode_header(std::span<const std::byte, frame_header_size> bytes) {
    const auto extension = base::load_le<std::uint16_t>(bytes.data());
    return {.extension_type = static_cast<std::uint16_t>(extension & ~unsigned{channel_bit}),
            .channel_message = (extension & channel_bit) != 0,
            .message_type = static_cast<std::uint8_t>(bytes[2]),
            .payload_size = static_cast<std::uint32_t>(bytes[3]) |
                            (static_cast<std::uint32_t>(bytes[4]) << 8) |
                            (static_cast<std::uint32_t>(bytes[5]) << 16)};
}

/// The channel that a channel message is for: its first four bytes (Sv2 3.2.1). Nothing when the
/// payload is shorter.
std::optional<ChannelId> channel_id_of(base::ByteView payload);

/// One frame of a plaintext stream; the payload borrows from the receive buffer.
struct Frame {
    FrameHeader header{};
    base::ByteView payload{};
};

/// The header announces more than the connection accepts: close it.
struct FrameTooLarge {
    std::uint32_t payload_size{};
};

/// Takes the next whole frame off the front of `unread`, or nothing while it is incomplete, so
/// that the transport may split and join frames as it likes. Encrypted connections do not need it:
/// there the header is opened on its own.
/// Errors: a header that announces more than `size_max` bytes of payload, as soon as it is seen.
base::Result<std::optional<Frame>, FrameTooLarge> take_frame(base::ByteView& unread,
                                                             std::size_t size_max);

}  // namespace sv2
