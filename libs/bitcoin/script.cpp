#include "bitcoin/script.h"

#include <optional>

namespace bitcoin {
namespace {

constexpr std::byte op_0{0x00};
constexpr std::byte op_1{0x51};
constexpr std::byte op_16{0x60};
constexpr std::byte op_return{0x6a};
constexpr std::byte op_dup{0x76};
constexpr std::byte op_equal{0x87};
constexpr std::byte op_equalverify{0x88};
constexpr std::byte op_hash160{0xa9};
constexpr std::byte op_checksig{0xac};
constexpr std::byte op_checksigverify{0xad};
constexpr std::byte op_checkmultisig{0xae};
constexpr std::byte op_checkmultisigverify{0xaf};
constexpr std::byte push_20{20};
/// What one CHECKMULTISIG may check (consensus' MAX_PUBKEYS_PER_MULTISIG).
constexpr std::uint32_t multisig_operations = 20;

bool is_witness_program(base::ByteView script) {
    return script.size() >= 4 && script.size() <= 42 &&
           (script[0] == op_0 || (script[0] >= op_1 && script[0] <= op_16)) &&
           std::to_integer<std::size_t>(script[1]) == script.size() - 2;
}

/// What a push at the start of the script takes with its data; one for any other opcode.
std::optional<std::size_t> operation_size(base::ByteView script) {
    constexpr std::size_t op_pushdata1 = 0x4c;
    constexpr std::size_t op_pushdata4 = 0x4e;
    const auto opcode = std::to_integer<std::size_t>(script[0]);
    if (opcode < op_pushdata1) return 1 + opcode;
    if (opcode > op_pushdata4) return 1;
    const std::size_t length_size = std::size_t{1} << (opcode - op_pushdata1);
    if (script.size() < 1 + length_size) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_size; ++i)
        length |= std::to_integer<std::size_t>(script[1 + i]) << (8 * i);
    return 1 + length_size + length;
}

}  // namespace

std::uint32_t signature_operations(base::ByteView script) {
    std::uint32_t count = 0;
    while (!script.empty()) {
        const auto size = operation_size(script);
        if (!size || *size > script.size()) break;
        const auto opcode = script[0];
        if (opcode == op_checksig || opcode == op_checksigverify) ++count;
        if (opcode == op_checkmultisig || opcode == op_checkmultisigverify)
            count += multisig_operations;
        script = script.subspan(*size);
    }
    return count;
}

ScriptType script_type(base::ByteView script) {
    if (!script.empty() && script[0] == op_return) return ScriptType::null_data;
    if (script.size() == 25 && script[0] == op_dup && script[1] == op_hash160 &&
        script[2] == push_20 && script[23] == op_equalverify && script[24] == op_checksig)
        return ScriptType::pay_to_pubkey_hash;
    if (script.size() == 23 && script[0] == op_hash160 && script[1] == push_20 &&
        script[22] == op_equal)
        return ScriptType::pay_to_script_hash;
    if (!is_witness_program(script)) return ScriptType::other;
    const std::size_t program_size = script.size() - 2;
    if (script[0] == op_0 && program_size == 20) return ScriptType::pay_to_witness_pubkey_hash;
    if (script[0] == op_0 && program_size == 32) return ScriptType::pay_to_witness_script_hash;
    if (script[0] == op_1 && program_size == 32) return ScriptType::pay_to_taproot;
    return ScriptType::witness_unknown;
}

base::Bytes pay_to_pubkey_hash(std::span<const std::byte, 20> hash) {
    base::Bytes script{op_dup, op_hash160};
    append_push(script, hash);
    script.push_back(op_equalverify);
    script.push_back(op_checksig);
    return script;
}

base::Bytes pay_to_script_hash(std::span<const std::byte, 20> hash) {
    base::Bytes script{op_hash160};
    append_push(script, hash);
    script.push_back(op_equal);
    return script;
}

base::Bytes pay_to_witness(std::uint8_t version, base::ByteView program) {
    base::Bytes script{version == 0 ? op_0 : static_cast<std::byte>(0x50 + version)};
    append_push(script, program);
    return script;
}

base::Bytes null_data(base::ByteView data) {
    base::Bytes script{op_return};
    append_push(script, data);
    return script;
}

void append_push(base::Bytes& to, base::ByteView data) {
    to.push_back(static_cast<std::byte>(data.size()));
    base::append(to, data);
}

}  // namespace bitcoin
