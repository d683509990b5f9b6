#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace bitcoin {

/// The kinds of output script that have an address, and the one that never pays.
enum class ScriptType {
    pay_to_pubkey_hash,
    pay_to_script_hash,
    pay_to_witness_pubkey_hash,
    pay_to_witness_script_hash,
    pay_to_taproot,
    witness_unknown,  ///< a witness program of another version or size: spendable by anybody yet
    null_data,        ///< OP_RETURN: nobody can ever spend it
    other,
};
ScriptType script_type(base::ByteView script);

base::Bytes pay_to_pubkey_hash(std::span<const std::byte, 20> hash);
base::Bytes pay_to_script_hash(std::span<const std::byte, 20> hash);
/// A witness program of 2 to 40 bytes under version 0 to 16 (BIP 141).
base::Bytes pay_to_witness(std::uint8_t version, base::ByteView program);
/// OP_RETURN and a push of up to 75 bytes.
base::Bytes null_data(base::ByteView data);

/// How many signatures a node counts in an output or input script by itself, before any is checked:
/// one for each CHECKSIG, twenty for each CHECKMULTISIG. Up to the first push that is cut short.
std::uint32_t signature_operations(base::ByteView script);

/// Appends the shortest push of `data`, which has at most 75 bytes: its length and the bytes.
void append_push(base::Bytes& to, base::ByteView data);

}  // namespace bitcoin
