#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sv2 {

/// What an extension appends to a message of somebody else's (Sv2 3.4.3). All integers are
/// little-endian, as everywhere; the worked example in the spec shows them the other way round,
/// which no implementation does.
struct Tlv {
    std::uint16_t extension_type{};
    std::uint8_t field_type{};
    base::ByteView value{};
};

inline constexpr std::size_t tlv_header_size = 5;

/// Appends one TLV; the value has at most 65,535 bytes. The caller appends them in the order of
/// their extensions' ids.
void append_tlv(const Tlv& tlv, base::Bytes& out);

/// Takes the next TLV off the front of `area`; nothing at its end. A truncated TLV ends the area:
/// what came before it counts, and the message is processed.
std::optional<Tlv> take_tlv(base::ByteView& area);

/// The first TLV of this kind, in whatever order they come.
std::optional<Tlv> find_tlv(base::ByteView area, std::uint16_t extension_type,
                            std::uint8_t field_type);

/// Extension 0x0002: which worker of a channel found a share, for accounting only.
inline constexpr std::uint16_t worker_identity_extension = 0x0002;
inline constexpr std::uint8_t user_identity_field = 0x01;
inline constexpr std::size_t user_identity_size_max = 32;

/// A negotiated TLV is longer than its extension allows: the message is rejected (Sv2 3.4.3).
struct TlvTooLong {
    std::size_t size{};
};

/// Appends `user_identity`, cut to 32 bytes on a boundary of UTF-8.
void append_user_identity(std::string_view identity, base::Bytes& out);

/// The worker that SubmitSharesExtended names, or nothing if it names none. Ask only when extension
/// 0x0002 is negotiated.
/// Errors: longer than 32 bytes.
base::Result<std::optional<std::string_view>, TlvTooLong> user_identity_of(base::ByteView tlv_area);

}  // namespace sv2
