#include "bitcoin/descriptor_key.h"

#include <fmt/format.h>

#include <charconv>

#include "base/base58.h"
#include "base/hex.h"
#include "bitcoin/extended_key.h"
#include "bitcoin/public_key.h"

namespace bitcoin {
namespace {

using Key = base::Result<base::Bytes, std::string>;

constexpr std::string_view private_key_text =
    "holds a private key, which has no place here: write the public key";

/// An index without its mark of a hardened step.
struct Step {
    std::uint32_t index = 0;
    bool is_hardened = false;
};

std::optional<Step> parse_step(std::string_view text) {
    Step step;
    if (text.ends_with('h') || text.ends_with('\'')) {
        step.is_hardened = true;
        text.remove_suffix(1);
    }
    const auto* end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, step.index);
    if (error != std::errc{} || stopped_at != end || step.index >= hardened_index_min)
        return std::nullopt;
    return step;
}

/// Takes what stands before the next slash off the front.
std::string_view take_part(std::string_view& path) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return part;
}

/// Fingerprint and path (what stands between the brackets) say where the key comes from; they have
/// to be right, and mean nothing to a script.
bool is_origin(std::string_view origin) {
    const bool has_empty_step = origin.ends_with('/');
    const auto fingerprint = take_part(origin);
    if (fingerprint.size() != 8 || !base::from_hex(fingerprint) || has_empty_step) return false;
    while (!origin.empty())
        if (!parse_step(take_part(origin))) return false;
    return true;
}

bool is_wif(std::string_view text) {
    const auto payload = base::base58check_decode(text);
    return payload && (payload->size() == 33 || payload->size() == 34) &&
           (payload->front() == std::byte{0x80} || payload->front() == std::byte{0xef});
}

/// Enough to find the key by, and too little to be it: a mistyped private key is one nearly.
std::string beginning_of(std::string_view key) {
    constexpr std::size_t shown_max = 8;
    return key.size() <= shown_max ? std::string{key}
                                   : fmt::format("{}...", key.substr(0, shown_max));
}

std::string text_of(ExtendedKeyError error, std::string_view text, Network network) {
    const auto key = beginning_of(text);
    switch (error) {
        case ExtendedKeyError::malformed:
            return fmt::format(
                "\"{}\" is no public key: expected 66 hexadecimal digits (64 in "
                "tr()), an xpub or a tpub",
                key);
        case ExtendedKeyError::wrong_checksum:
            return fmt::format("\"{}\": the checksum is wrong (mistyped?)", key);
        case ExtendedKeyError::private_key: return std::string{private_key_text};
        case ExtendedKeyError::wrong_network:
            return fmt::format("\"{}\" belongs to another network: {} has {}", key,
                               chain_name(network), network == Network::mainnet ? "xpub" : "tpub");
    }
    return {};
}

base::Result<std::uint32_t, std::string> index_of_step(std::string_view part, bool is_last,
                                                       std::optional<std::uint32_t> index) {
    if (part == "*h" || part == "*'" || (parse_step(part) && parse_step(part)->is_hardened))
        return base::unexpected(
            fmt::format("\"/{}\" is a hardened step, which only the private key can take: write "
                        "the extended public key that follows it",
                        part));
    if (part == "*" && is_last) {
        if (index) return *index;
        return base::unexpected<std::string>(
            "ends in /*, which stands for any number of scripts: say which index is meant");
    }
    const auto step = parse_step(part);
    if (!step)
        return base::unexpected(
            fmt::format("\"/{}\" is no step of a path: expected a number below 2147483648", part));
    return step->index;
}

Key derived_key(std::string_view text, std::string_view path, Network network,
                std::optional<std::uint32_t> index) {
    auto key = parse_extended_key(text, network);
    if (!key) {
        if (is_wif(text)) return base::unexpected(std::string{private_key_text});
        return base::unexpected(text_of(key.error(), text, network));
    }
    for (; !path.empty();) {
        path.remove_prefix(1);  // the slash
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        const auto step = index_of_step(part, path.empty(), index);
        if (!step) return base::unexpected(step.error());
        auto child = child_of(*key, *step);
        if (!child) return base::unexpected(fmt::format("there is no child {} of that key", *step));
        *key = *std::move(child);
    }
    return std::move(key->key);
}

Key in_form(base::Bytes key, KeyForm form) {
    if (form == KeyForm::any) return key;
    if (key.size() == uncompressed_key_size)
        return base::unexpected<std::string>(
            "an uncompressed public key cannot be spent from here: write the compressed one, which "
            "has 66 digits");
    if (form == KeyForm::x_only && key.size() == compressed_key_size) key.erase(key.begin());
    return key;
}

}  // namespace

Key key_of_expression(std::string_view text, KeyForm form, Network network,
                      std::optional<std::uint32_t> index) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos || !is_origin(text.substr(1, close - 1)))
            return base::unexpected<std::string>(
                "the key's origin is wrong: expected 8 hexadecimal digits and a path, as in "
                "[deadbeef/84h/0h/0h]");
        text.remove_prefix(close + 1);
    }
    if (text.empty()) return base::unexpected<std::string>("lacks a key");
    if (auto bytes = base::from_hex(text)) {
        if (bytes->size() == x_only_key_size && form == KeyForm::x_only && is_x_only_key(*bytes))
            return *std::move(bytes);
        if (is_public_key(*bytes)) return in_form(*std::move(bytes), form);
        const bool is_for_taproot = bytes->size() == x_only_key_size && form != KeyForm::x_only;
        return base::unexpected(fmt::format("\"{}\" is no public key{}", beginning_of(text),
                                            is_for_taproot ? ": 64 digits are for tr()" : ""));
    }
    const auto key = text.substr(0, text.find('/'));
    auto derived = derived_key(key, text.substr(key.size()), network, index);
    if (!derived) return derived;
    return in_form(*std::move(derived), form);
}

}  // namespace bitcoin
