#include "noise/key_text.h"

#include <fmt/format.h>

#include <charconv>
#include <initializer_list>
#include <map>

#include "base/hex.h"

namespace noise {
namespace {

using Fields = std::map<std::string_view, std::string_view>;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Messages quote names, never values: a value may be a secret in the wrong place.
Fields parse_fields(std::string_view text) {
    Fields fields;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            throw KeyFileError{fmt::format("line {} is not `name = value`", number)};
        const auto name = trimmed(line.substr(0, equals));
        if (!fields.emplace(name, trimmed(line.substr(equals + 1))).second)
            throw KeyFileError{fmt::format("line {} repeats the name `{}`", number, name)};
    }
    return fields;
}

Fields fields_of(std::string_view text, KeyFileKind kind,
                 std::initializer_list<std::string_view> names) {
    const auto actual = kind_of(text);
    if (actual != kind)
        throw KeyFileError{
            fmt::format("it is of kind {}, not {}", kind_text(actual), kind_text(kind))};
    auto fields = parse_fields(text);
    for (const auto& [name, value] : fields)
        if (name != "kind" && std::ranges::find(names, name) == names.end())
            throw KeyFileError{fmt::format("`{}` is not a name of {}", name, kind_text(kind))};
    for (const auto name : names)
        if (!fields.contains(name)) throw KeyFileError{fmt::format("`{}` is missing", name)};
    return fields;
}

[[noreturn]] void refuse_value(std::string_view name, std::string_view why) {
    throw KeyFileError{fmt::format("`{}`: {}", name, why)};
}

template <std::size_t Size>
std::array<std::byte, Size> hex_value(const Fields& fields, std::string_view name) {
    const auto bytes = base::from_hex(fields.at(name));
    if (!bytes || bytes->size() != Size)
        refuse_value(name, fmt::format("not {} bytes in hexadecimal", Size));
    std::array<std::byte, Size> value{};
    std::ranges::copy(*bytes, value.begin());
    return value;
}

template <class Int>
Int integer_value(const Fields& fields, std::string_view name) {
    const auto text = fields.at(name);
    Int value{};
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stopped != text.data() + text.size())
        refuse_value(name, "not a whole number in range");
    return value;
}

AuthorityPublicKey authority_value(const Fields& fields, std::string_view name) {
    const auto parsed = parse_authority_key(fields.at(name));
    if (!parsed) refuse_value(name, error_text(parsed.error()));
    return parsed->key;
}

SecretKey secret_value(const Fields& fields) {
    auto parsed = parse_secret_key(fields.at("secret_key"));
    if (!parsed) refuse_value("secret_key", error_text(parsed.error()));
    return std::move(*parsed);
}

/// Into one allocation, so that the secret has one place to be wiped from.
SecretText secret_file(std::string_view comment, KeyFileKind kind, const SecretKey& key,
                       std::string_view public_key) {
    SecretText secret{secret_key_text(key)};
    std::string text;
    text.reserve(512);
    fmt::format_to(std::back_inserter(text), "# {}\nkind = {}\nsecret_key = ", comment,
                   kind_text(kind));
    text.append(secret.view());
    fmt::format_to(std::back_inserter(text), "\npublic_key = {}\n", public_key);
    return SecretText{std::move(text)};
}

}  // namespace

std::string_view kind_text(KeyFileKind kind) {
    switch (kind) {
        case KeyFileKind::authority_secret_key: return "authority-secret-key";
        case KeyFileKind::authority_public_key: return "authority-public-key";
        case KeyFileKind::gateway_secret_key: return "gateway-secret-key";
        case KeyFileKind::gateway_certificate: return "gateway-certificate";
    }
    return "unknown";
}

SecretText authority_secret_file(const SecretKey& authority) {
    return secret_file("Whoever holds this can pose as the pool. Keep it off the gateways' hosts.",
                       KeyFileKind::authority_secret_key, authority,
                       authority_key_text({authority.public_key()}));
}

std::string authority_public_file(const AuthorityPublicKey& authority) {
    return fmt::format("# Miners are configured with this key.\nkind = {}\npublic_key = {}\n",
                       kind_text(KeyFileKind::authority_public_key), authority_key_text(authority));
}

SecretText gateway_secret_file(const SecretKey& static_key) {
    return secret_file("A gateway's static key. It is worth something only with a certificate.",
                       KeyFileKind::gateway_secret_key, static_key,
                       base::to_hex(static_key.public_key().bytes));
}

std::string certificate_file(const IssuedCertificate& issued) {
    const auto& [certificate, static_key, authority] = issued;
    return fmt::format(
        "# Times are unix seconds.\nkind = {}\nauthority_public_key = {}\n"
        "static_public_key = {}\nversion = {}\nvalid_from = {}\nnot_valid_after = {}\n"
        "signature = {}\n",
        kind_text(KeyFileKind::gateway_certificate), authority_key_text(authority),
        base::to_hex(static_key.bytes), certificate.version, certificate.valid_from,
        certificate.not_valid_after, base::to_hex(certificate.signature));
}

KeyFileKind kind_of(std::string_view text) {
    const auto fields = parse_fields(text);
    const auto named = fields.find("kind");
    if (named == fields.end()) throw KeyFileError{"`kind` is missing: not a file of aditctl keys"};
    for (const auto kind : {KeyFileKind::authority_secret_key, KeyFileKind::authority_public_key,
                            KeyFileKind::gateway_secret_key, KeyFileKind::gateway_certificate})
        if (named->second == kind_text(kind)) return kind;
    throw KeyFileError{"`kind`: not a kind that this program knows"};
}

SecretKey parse_authority_secret_file(std::string_view text) {
    const auto fields =
        fields_of(text, KeyFileKind::authority_secret_key, {"secret_key", "public_key"});
    auto key = secret_value(fields);
    if (authority_value(fields, "public_key") != AuthorityPublicKey{key.public_key()})
        refuse_value("public_key", "not the public key of secret_key");
    return key;
}

AuthorityPublicKey parse_authority_public_file(std::string_view text) {
    return authority_value(fields_of(text, KeyFileKind::authority_public_key, {"public_key"}),
                           "public_key");
}

SecretKey parse_gateway_secret_file(std::string_view text) {
    const auto fields =
        fields_of(text, KeyFileKind::gateway_secret_key, {"secret_key", "public_key"});
    auto key = secret_value(fields);
    if (hex_value<32>(fields, "public_key") != key.public_key().bytes)
        refuse_value("public_key", "not the public key of secret_key");
    return key;
}

IssuedCertificate parse_certificate_file(std::string_view text) {
    const auto fields = fields_of(text, KeyFileKind::gateway_certificate,
                                  {"authority_public_key", "static_public_key", "version",
                                   "valid_from", "not_valid_after", "signature"});
    IssuedCertificate issued;
    issued.authority = authority_value(fields, "authority_public_key");
    issued.static_key.bytes = hex_value<32>(fields, "static_public_key");
    issued.certificate = {
        .version = integer_value<std::uint16_t>(fields, "version"),
        .valid_from = integer_value<std::uint32_t>(fields, "valid_from"),
        .not_valid_after = integer_value<std::uint32_t>(fields, "not_valid_after"),
        .signature = hex_value<64>(fields, "signature")};
    if (issued.certificate.version != 0) refuse_value("version", "only version 0 is known");
    if (issued.certificate.not_valid_after < issued.certificate.valid_from)
        refuse_value("not_valid_after", "earlier than valid_from");
    if (!is_signed_by(issued.certificate, issued.authority, issued.static_key))
        refuse_value("signature", "not the authority's signature of these fields");
    return issued;
}

}  // namespace noise
