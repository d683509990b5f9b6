#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace base {

/// Texts and payloads beyond these are refused unread: the conversion costs the square of the
/// length, and the longest text we meet, an extended public key, has 111 characters.
inline constexpr std::size_t base58_text_size_max = 128;
inline constexpr std::size_t base58check_payload_size_max = 64;

enum class Base58Error {
    too_long,        ///< more than base58_text_size_max characters
    bad_character,   ///< outside the alphabet, which lacks 0, O, I and l
    too_short,       ///< fewer bytes than a checksum has
    wrong_checksum,  ///< a typing error, or not base58check at all
};
/// The enumerator in words, for messages and logs: "wrong checksum".
std::string_view error_text(Base58Error error);

/// Bytes as bitcoin writes them for humans: payload, then the first 4 bytes of its double
/// SHA-256, in base 58; each leading zero byte is a leading `1`. The payload has at most
/// base58check_payload_size_max bytes. Working memory is wiped, for the payload may be a secret.
std::string base58check_encode(ByteView payload);

/// The payload without its checksum. Errors: each enumerator of Base58Error.
Result<Bytes, Base58Error> base58check_decode(std::string_view text);

}  // namespace base
