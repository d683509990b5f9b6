#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "bitcoin/uint256.h"

/// How SV1 writes numbers and hashes: every text form of the protocol, both ways.
namespace sv1 {

/// `version`, `nbits`, `ntime`, `nonce`, version bits and masks: the number, most significant
/// digit first, in eight digits.
void append_hex32(std::uint32_t value, std::string& out);

/// One to eight hexadecimal digits; some firmware leaves out leading zeros.
std::optional<std::uint32_t> parse_hex32(std::string_view text);

/// Job ids, as we choose them: the number in decimal, written one way only.
std::optional<std::uint32_t> parse_job_id(std::string_view text);
void append_decimal(std::uint64_t value, std::string& out);

/// Lower-case digits, in the order of the bytes.
void append_hex(base::ByteView bytes, std::string& out);

/// Decodes into `to`. Nothing for an odd number of digits, other characters, or more bytes than
/// fit; otherwise how many bytes were written.
std::optional<std::size_t> parse_hex(std::string_view text, std::span<std::byte> to);

/// `prevhash` of `mining.notify`: the bytes as in the header, but reversed inside each word of
/// four. The words keep their order.
void append_prev_hash(const bitcoin::Uint256& prev_hash, std::string& out);
std::optional<bitcoin::Uint256> parse_prev_hash(std::string_view text);

/// `merkle_branch`: the bytes as they are.
void append_branch(const bitcoin::Uint256& node, std::string& out);
std::optional<bitcoin::Uint256> parse_branch(std::string_view text);

/// `mining.suggest_target`: the number, most significant digit first, in one to 64 digits.
std::optional<bitcoin::Uint256> parse_target(std::string_view text);

}  // namespace sv1
