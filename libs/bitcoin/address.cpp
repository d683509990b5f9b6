#include "bitcoin/address.h"

#include <cstdint>
#include <vector>

#include "base/base58.h"
#include "bitcoin/bech32.h"
#include "bitcoin/script.h"

namespace bitcoin {
namespace {

/// What an address begins with on a network.
struct Prefixes {
    std::string_view witness{};
    std::uint8_t pubkey_hash{};
    std::uint8_t script_hash{};
};

Prefixes prefixes_of(Network network) {
    switch (network) {
        case Network::mainnet: return {"bc", 0x00, 0x05};
        case Network::testnet:
        case Network::testnet4:
        case Network::signet: return {"tb", 0x6f, 0xc4};
        case Network::regtest: return {"bcrt", 0x6f, 0xc4};
    }
    return {};
}

bool is_any_witness_prefix(std::string_view prefix) {
    return prefix == "bc" || prefix == "tb" || prefix == "bcrt";
}

bool is_any_version(std::uint8_t version) {
    return version == 0x00 || version == 0x05 || version == 0x6f || version == 0xc4;
}

/// Groups of 5 bits to bytes; nothing when what is left over is a whole group or not zero.
std::optional<base::Bytes> to_octets(std::span<const std::uint8_t> groups) {
    base::Bytes octets;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const auto group : groups) {
        held = ((held << 5) | group) & 0xfffU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            octets.push_back(static_cast<std::byte>((held >> bits) & 0xffU));
        }
    }
    if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
    return octets;
}

void append_groups(std::vector<std::uint8_t>& groups, base::ByteView octets) {
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const auto octet : octets) {
        held = ((held << 8) | std::to_integer<std::uint32_t>(octet)) & 0xfffU;
        for (bits += 8; bits >= 5;) {
            bits -= 5;
            groups.push_back(static_cast<std::uint8_t>((held >> bits) & 31U));
        }
    }
    if (bits > 0) groups.push_back(static_cast<std::uint8_t>((held << (5 - bits)) & 31U));
}

base::Result<base::Bytes, AddressError> script_of_witness_address(const Bech32Text& text,
                                                                  Network network) {
    if (!is_any_witness_prefix(text.human_readable) || text.data.empty())
        return base::unexpected(AddressError::malformed);
    const std::uint8_t version = text.data[0];
    const auto program = to_octets(std::span{text.data}.subspan(1));
    if (version > 16 || !program || program->size() < 2 || program->size() > 40)
        return base::unexpected(AddressError::malformed);
    if (version == 0 && program->size() != 20 && program->size() != 32)
        return base::unexpected(AddressError::malformed);
    // The other checksum's constant is what a mistyped address may well arrive at (BIP 350).
    if (text.variant != (version == 0 ? Bech32Variant::bech32 : Bech32Variant::bech32m))
        return base::unexpected(AddressError::wrong_checksum);
    if (text.human_readable != prefixes_of(network).witness)
        return base::unexpected(AddressError::wrong_network);
    return pay_to_witness(version, *program);
}

base::Result<base::Bytes, AddressError> script_of_base58_address(std::string_view address,
                                                                 Network network) {
    const auto payload = base::base58check_decode(address);
    if (!payload)
        return base::unexpected(payload.error() == base::Base58Error::wrong_checksum
                                    ? AddressError::wrong_checksum
                                    : AddressError::malformed);
    if (payload->size() != 21) return base::unexpected(AddressError::malformed);
    const auto version = std::to_integer<std::uint8_t>(payload->front());
    const auto hash = std::span{*payload}.last<20>();
    if (version == prefixes_of(network).pubkey_hash) return pay_to_pubkey_hash(hash);
    if (version == prefixes_of(network).script_hash) return pay_to_script_hash(hash);
    return base::unexpected(is_any_version(version) ? AddressError::wrong_network
                                                    : AddressError::malformed);
}

std::string base58_address(std::uint8_t version, base::ByteView hash) {
    base::Bytes payload{std::byte{version}};
    base::append(payload, hash);
    return base::base58check_encode(payload);
}

std::string witness_address(base::ByteView script, std::string_view prefix) {
    const auto opcode = std::to_integer<std::uint8_t>(script[0]);
    const auto version = static_cast<std::uint8_t>(opcode == 0 ? 0 : opcode - 0x50);
    Bech32Text text{.human_readable = std::string{prefix}, .data = {version}};
    text.variant = version == 0 ? Bech32Variant::bech32 : Bech32Variant::bech32m;
    append_groups(text.data, script.subspan(2));
    return encode_bech32(text);
}

}  // namespace

std::string_view describe(AddressError error) {
    switch (error) {
        case AddressError::malformed: return "this is not a bitcoin address";
        case AddressError::wrong_checksum: return "the checksum is wrong (mistyped?)";
        case AddressError::wrong_network: return "the address belongs to another network";
    }
    return {};
}

base::Result<base::Bytes, AddressError> script_of_address(std::string_view address,
                                                          Network network) {
    const auto text = decode_bech32(address);
    if (text) return script_of_witness_address(*text, network);
    // A base58 text may well look like bech32 with a wrong checksum, but not behind our prefixes.
    const auto separator = address.rfind('1');
    std::string prefix{address.substr(0, separator == std::string_view::npos ? 0 : separator)};
    for (auto& c : prefix)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_any_witness_prefix(prefix))
        return base::unexpected(text.error() == Bech32Error::wrong_checksum
                                    ? AddressError::wrong_checksum
                                    : AddressError::malformed);
    return script_of_base58_address(address, network);
}

std::optional<std::string> address_of_script(base::ByteView script, Network network) {
    const Prefixes prefixes = prefixes_of(network);
    switch (script_type(script)) {
        case ScriptType::pay_to_pubkey_hash:
            return base58_address(prefixes.pubkey_hash, script.subspan(3, 20));
        case ScriptType::pay_to_script_hash:
            return base58_address(prefixes.script_hash, script.subspan(2, 20));
        case ScriptType::pay_to_witness_pubkey_hash:
        case ScriptType::pay_to_witness_script_hash:
        case ScriptType::pay_to_taproot: return witness_address(script, prefixes.witness);
        case ScriptType::witness_unknown:
            // Version 0 has two sizes and no others; no address stands for another.
            if (script[0] == std::byte{0}) return std::nullopt;
            return witness_address(script, prefixes.witness);
        case ScriptType::null_data:
        case ScriptType::other: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace bitcoin
