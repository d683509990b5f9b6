#include "bitcoin/descriptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/hex.h"
#include "bitcoin/address.h"
#include "bitcoin/descriptor_checksum.h"
#include "bitcoin/descriptor_key.h"
#include "bitcoin/hash160.h"
#include "bitcoin/public_key.h"
#include "bitcoin/script.h"
#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

using Script = base::Result<base::Bytes, std::string>;

constexpr std::byte op_checksig{0xac};
constexpr std::byte op_checkmultisig{0xae};
constexpr std::size_t bare_multisig_keys_max = 3;    // what nodes relay the spending of
constexpr std::size_t multisig_keys_max = 20;        // consensus
constexpr std::size_t script_hash_script_max = 520;  // a push, which it is spent with
constexpr std::string_view known_expressions =
    "addr, raw, pk, pkh, wpkh, sh, wsh, multi, sortedmulti and tr are known";

enum class Place { top, in_sh, in_wsh };

struct Settings {
    Network network{};
    std::optional<std::uint32_t> index{};
};

template <class... Words>
auto failure(fmt::format_string<Words...> form, Words&&... words) {
    return base::unexpected(fmt::format(form, std::forward<Words>(words)...));
}

KeyForm key_form(Place place) {
    return place == Place::in_wsh ? KeyForm::compressed : KeyForm::any;
}

Script key_of(std::string_view text, KeyForm form, const Settings& settings) {
    return key_of_expression(text, form, settings.network, settings.index);
}

void append_number(base::Bytes& to, std::size_t number) {
    constexpr std::size_t opcode_max = 16;
    if (number <= opcode_max)
        to.push_back(static_cast<std::byte>(0x50 + number));
    else
        append_push(to, base::Bytes{static_cast<std::byte>(number)});
}

Script multisig(std::string_view name, std::string_view arguments, Place place,
                const Settings& settings) {
    const auto threshold_text = arguments.substr(0, arguments.find(','));
    arguments.remove_prefix(threshold_text.size());
    std::size_t threshold = 0;
    const auto* end = threshold_text.data() + threshold_text.size();
    const auto [stopped_at, error] = std::from_chars(threshold_text.data(), end, threshold);
    if (error != std::errc{} || stopped_at != end || threshold == 0)
        return failure("{}() begins with how many signatures it takes, not \"{}\"", name,
                       threshold_text);
    std::vector<base::Bytes> keys;
    while (!arguments.empty()) {
        arguments.remove_prefix(1);  // the comma
        const auto text = arguments.substr(0, arguments.find(','));
        arguments.remove_prefix(text.size());
        auto key = key_of(text, key_form(place), settings);
        if (!key) return key;
        keys.push_back(*std::move(key));
    }
    const auto keys_max = place == Place::top ? bare_multisig_keys_max : multisig_keys_max;
    if (keys.size() > keys_max)
        return failure("{}() has {} keys, and may have {} {}", name, keys.size(), keys_max,
                       place == Place::top ? "outside of sh() and wsh()" : "at most");
    if (threshold > keys.size())
        return failure("{}() takes {} signatures and has {} keys", name, threshold, keys.size());
    if (name == "sortedmulti") std::ranges::sort(keys);
    base::Bytes script;
    append_number(script, threshold);
    for (const auto& key : keys) append_push(script, key);
    append_number(script, keys.size());
    script.push_back(op_checkmultisig);
    return script;
}

Script script_of(std::string_view expression, Place place, const Settings& settings);

Script script_hash(std::string_view argument, const Settings& settings) {
    const auto script = script_of(argument, Place::in_sh, settings);
    if (!script) return script;
    if (script->size() > script_hash_script_max)
        return failure(
            "sh() holds a script of {} bytes, and one beyond {} can never be spent: use "
            "wsh()",
            script->size(), script_hash_script_max);
    return pay_to_script_hash(hash160(*script));
}

Script witness_script_hash(std::string_view argument, const Settings& settings) {
    const auto script = script_of(argument, Place::in_wsh, settings);
    if (!script) return script;
    const auto hash = sha256(*script);
    return pay_to_witness(0, std::as_bytes(std::span{hash.bytes}));
}

Script taproot(std::string_view argument, const Settings& settings) {
    // A comma within tr() begins its tree: a key has none.
    if (argument.find(',') != std::string_view::npos)
        return failure(
            "tr() with a script tree is not supported: write raw() with the output "
            "script, or addr() with its address");
    const auto internal_key = key_of(argument, KeyForm::x_only, settings);
    if (!internal_key) return internal_key;
    const auto output_key = taproot_output_key(*internal_key);
    if (!output_key) return failure("tr() has a key that cannot be tweaked");
    return pay_to_witness(1, *output_key);
}

Script pay_to_key(std::string_view argument, Place place, const Settings& settings) {
    const auto key = key_of(argument, key_form(place), settings);
    if (!key) return key;
    base::Bytes script;
    append_push(script, *key);
    script.push_back(op_checksig);
    return script;
}

Script pay_to_key_hash(std::string_view argument, Place place, const Settings& settings) {
    const auto key = key_of(argument, key_form(place), settings);
    if (!key) return key;
    return pay_to_pubkey_hash(hash160(*key));
}

Script pay_to_witness_key_hash(std::string_view argument, const Settings& settings) {
    const auto key = key_of(argument, KeyForm::compressed, settings);
    if (!key) return key;
    return pay_to_witness(0, hash160(*key));
}

Script address(std::string_view argument, const Settings& settings) {
    auto script = script_of_address(argument, settings.network);
    if (script) return *std::move(script);
    return failure("\"{}\": {} (network is {})", argument, describe(script.error()),
                   chain_name(settings.network));
}

Script raw(std::string_view argument) {
    auto bytes = base::from_hex(argument);
    if (!bytes || bytes->empty()) return failure("raw() holds a script in hexadecimal");
    return *std::move(bytes);
}

/// Where an expression may stand; nothing when it is unknown.
std::optional<bool> may_stand(std::string_view name, Place place) {
    if (name == "addr" || name == "raw" || name == "tr" || name == "sh") return place == Place::top;
    if (name == "wpkh" || name == "wsh") return place != Place::in_wsh;
    if (name == "pk" || name == "pkh" || name == "multi" || name == "sortedmulti") return true;
    return std::nullopt;
}

Script script_of(std::string_view expression, Place place, const Settings& settings) {
    const auto open = expression.find('(');
    if (open == std::string_view::npos || !expression.ends_with(')'))
        return failure("a script expression is missing, such as wpkh(KEY)");
    const auto name = expression.substr(0, open);
    const auto argument = expression.substr(open + 1, expression.size() - open - 2);
    const auto is_in_place = may_stand(name, place);
    if (!is_in_place) return failure("\"{}\" is not supported: {}", name, known_expressions);
    if (!*is_in_place)
        return failure("{}() may not stand in {}", name, place == Place::in_sh ? "sh()" : "wsh()");
    if (name == "addr") return address(argument, settings);
    if (name == "raw") return raw(argument);
    if (name == "tr") return taproot(argument, settings);
    if (name == "sh") return script_hash(argument, settings);
    if (name == "wsh") return witness_script_hash(argument, settings);
    if (name == "wpkh") return pay_to_witness_key_hash(argument, settings);
    if (name == "pk") return pay_to_key(argument, place, settings);
    if (name == "pkh") return pay_to_key_hash(argument, place, settings);
    return multisig(name, argument, place, settings);
}

}  // namespace

bool is_ranged(std::string_view descriptor) {
    return descriptor.substr(0, descriptor.find('#')).find('*') != std::string_view::npos;
}

Script script_of_descriptor(std::string_view descriptor, Network network,
                            std::optional<std::uint32_t> index) {
    const auto expression = descriptor.substr(0, descriptor.find('#'));
    const auto checksum = descriptor_checksum(expression);
    if (!checksum) return failure("holds a character that descriptors do not have");
    if (expression.size() < descriptor.size()) {
        const auto given = descriptor.substr(expression.size() + 1);
        if (given.size() != descriptor_checksum_size)
            return failure("the checksum behind # has {} characters, not {}", given.size(),
                           descriptor_checksum_size);
        if (given != *checksum) return failure("the checksum is wrong (mistyped?)");
    }
    return script_of(expression, Place::top, {network, index});
}

}  // namespace bitcoin
