#include "aditctl/keys.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <memory>

#include "aditctl/write_file.h"
#include "base/hex.h"
#include "noise/key_file.h"

namespace aditctl {
namespace {

/// Miners refuse a certificate from the future, and their clocks drift.
constexpr std::uint32_t backdated_seconds = 3600;

struct Options {
    std::string out{};
    std::string public_out{};
    std::string authority{};
    std::string gateway{};
    std::string file{};
    std::string valid_for = "24h";
    bool force = false;

    Existing existing() const { return force ? Existing::replace : Existing::keep; }
};

/// "90s", "30m", "24h" or "365d" in seconds.
std::uint32_t parse_duration(const std::string& text) {
    std::uint32_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, count);
    const std::string_view unit{stopped, static_cast<std::size_t>(end - stopped)};
    std::uint64_t seconds = 0;
    if (error == std::errc{}) {
        if (unit == "s") seconds = 1;
        if (unit == "m") seconds = 60;
        if (unit == "h") seconds = 3600;
        if (unit == "d") seconds = 86400;
    }
    seconds *= count;
    if (seconds == 0 || seconds > std::numeric_limits<std::uint32_t>::max())
        throw std::runtime_error{
            fmt::format("--valid-for {}: not a duration such as 90s, 30m, 24h or 365d", text)};
    return static_cast<std::uint32_t>(seconds);
}

std::string as_date(std::uint32_t unix_seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time_t{unix_seconds}));
}

/// Runs a parser and puts the path before what it complains about.
template <class Parse>
auto parse_file(const std::string& path, std::string_view text, Parse parse) {
    try {
        return parse(text);
    } catch (const noise::KeyFileError& error) {
        throw noise::KeyFileError{fmt::format("{}: {}", path, error.what())};
    }
}

void make_authority(const Options& options, base::Random& random) {
    const auto key = noise::SecretKey::generate(random);
    const noise::AuthorityPublicKey public_key{key.public_key()};
    write_file(options.out, noise::authority_secret_file(key).view(), Readers::owner,
               options.existing());
    if (!options.public_out.empty())
        write_file(options.public_out, noise::authority_public_file(public_key), Readers::everybody,
                   options.existing());
    fmt::print("authority key {}\n", noise::authority_key_text(public_key));
}

void make_gateway(const Options& options, base::Random& random) {
    const auto key = noise::SecretKey::generate(random);
    write_file(options.out, noise::gateway_secret_file(key).view(), Readers::owner,
               options.existing());
    fmt::print("gateway key {}\n", base::to_hex(key.public_key().bytes));
}

void sign(const Options& options, const base::Clock& clock, base::Random& random) {
    const auto valid_for = parse_duration(options.valid_for);
    const auto authority =
        parse_file(options.authority, noise::read_secret_file(options.authority).view(),
                   noise::parse_authority_secret_file);
    const auto gateway =
        parse_file(options.gateway, noise::read_secret_file(options.gateway).view(),
                   noise::parse_gateway_secret_file);

    const std::uint64_t now = base::to_unix_seconds(clock.unix_now());
    if (now + valid_for > std::numeric_limits<std::uint32_t>::max())
        throw std::runtime_error{
            fmt::format("--valid-for {}: certificates end in 2106", options.valid_for)};
    const noise::Validity validity{static_cast<std::uint32_t>(now - backdated_seconds),
                                   static_cast<std::uint32_t>(now + valid_for)};
    noise::Secret<32> aux_random;
    random.fill(aux_random.writable());
    const auto static_key = gateway.public_key();
    const noise::IssuedCertificate issued{
        noise::sign_certificate(authority, static_key, validity, aux_random.bytes()),
        static_key,
        {authority.public_key()}};
    write_file(options.out, noise::certificate_file(issued), Readers::everybody,
               options.existing());
    fmt::print("certificate for {}, valid until {}\n", base::to_hex(static_key.bytes),
               as_date(validity.not_valid_after));
}

std::string_view standing(const noise::Certificate& certificate, std::uint32_t now) {
    if (now < certificate.valid_from) return "not yet valid";
    return now > certificate.not_valid_after ? "expired" : "valid now";
}

void show_certificate(const noise::IssuedCertificate& issued, std::uint32_t now) {
    const auto& certificate = issued.certificate;
    fmt::print(
        "authority key {}\ngateway key {}\nversion {}\nvalid from {}\nvalid until {}\n"
        "signature good, {}\n",
        noise::authority_key_text(issued.authority), base::to_hex(issued.static_key.bytes),
        certificate.version, as_date(certificate.valid_from), as_date(certificate.not_valid_after),
        standing(certificate, now));
}

/// Shows what a file is and its public side; never a secret.
void show(const Options& options, const base::Clock& clock) {
    const auto& path = options.file;
    // The kind decides whether strangers may read it, so it is read as public first.
    const noise::SecretText text{noise::read_public_file(path)};
    const auto kind = parse_file(path, text.view(), noise::kind_of);
    fmt::print("{}\n", noise::kind_text(kind));
    switch (kind) {
        case noise::KeyFileKind::authority_secret_key: {
            const auto key = parse_file(path, noise::read_secret_file(path).view(),
                                        noise::parse_authority_secret_file);
            fmt::print("authority key {}\n", noise::authority_key_text({key.public_key()}));
            return;
        }
        case noise::KeyFileKind::gateway_secret_key: {
            const auto key = parse_file(path, noise::read_secret_file(path).view(),
                                        noise::parse_gateway_secret_file);
            fmt::print("gateway key {}\n", base::to_hex(key.public_key().bytes));
            return;
        }
        case noise::KeyFileKind::authority_public_key:
            fmt::print("authority key {}\n",
                       noise::authority_key_text(
                           parse_file(path, text.view(), noise::parse_authority_public_file)));
            return;
        case noise::KeyFileKind::gateway_certificate:
            show_certificate(parse_file(path, text.view(), noise::parse_certificate_file),
                             base::to_unix_seconds(clock.unix_now()));
            return;
    }
}

void add_out(CLI::App& verb, Options& options) {
    verb.add_option("--out", options.out, "the file to write")->required();
    verb.add_flag("--force", options.force, "replace files that exist");
}

}  // namespace

void add_keys_command(CLI::App& app, const base::Clock& clock, base::Random& random) {
    const auto options = std::make_shared<Options>();
    auto& keys = *app.add_subcommand("keys", "create and show keys and certificates");
    keys.require_subcommand(1);

    auto& authority = *keys.add_subcommand("authority", "create the key that miners are told");
    add_out(authority, *options);
    authority.add_option("--public", options->public_out, "a file for the public key alone");
    authority.callback([options, &random] { make_authority(*options, random); });

    auto& gateway = *keys.add_subcommand("gateway", "create a gateway's static key");
    add_out(gateway, *options);
    gateway.callback([options, &random] { make_gateway(*options, random); });

    auto& signing = *keys.add_subcommand("sign", "issue a certificate for a gateway's key");
    add_out(signing, *options);
    signing.add_option("--authority", options->authority, "the authority's secret key")->required();
    signing.add_option("--gateway", options->gateway, "the gateway's secret key")->required();
    signing
        .add_option("--valid-for", options->valid_for,
                    "how long from now, such as 90s, 30m, 24h or 365d")
        ->capture_default_str();
    signing.callback([options, &clock, &random] { sign(*options, clock, random); });

    auto& showing = *keys.add_subcommand("show", "show the public side of a file");
    showing.add_option("file", options->file, "a file that this program wrote")->required();
    showing.callback([options, &clock] { show(*options, clock); });
}

}  // namespace aditctl
