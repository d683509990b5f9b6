#include "miner/pool_address.h"

#include <fmt/format.h>

#include <utility>

#include "noise/url.h"

namespace miner {
namespace {

constexpr std::pair<std::string_view, PoolProtocol> sv1_schemes[] = {
    {"stratum+tcp://", PoolProtocol::sv1},
    {"stratum+ssl://", PoolProtocol::sv1_tls},
    {"stratum+tls://", PoolProtocol::sv1_tls}};
constexpr std::string_view wanted =
    "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, or stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT "
    "for Stratum V1";

}  // namespace

base::Result<PoolAddress, std::string> parse_pool_address(std::string_view url) {
    const auto refuse = [&](std::string_view why) {
        return base::unexpected(fmt::format("{}: {} (want {})", url, why, wanted));
    };
    for (const auto& [scheme, protocol] : sv1_schemes) {
        if (!url.starts_with(scheme)) continue;
        auto text = url.substr(scheme.size());
        if (text.ends_with('/')) text.remove_suffix(1);
        const auto place = noise::parse_place(text);
        if (!place) return refuse(noise::error_text(place.error()));
        return PoolAddress{.protocol = protocol, .host = place->host, .port = place->port};
    }
    const auto parsed = noise::parse_pool_url(url);
    if (!parsed) {
        const bool is_other = parsed.error() == noise::UrlError::wrong_scheme;
        return refuse(is_other ? "it is of no scheme that we know"
                               : noise::error_text(parsed.error()));
    }
    return PoolAddress{.protocol = PoolProtocol::sv2,
                       .host = parsed->host,
                       .port = parsed->port,
                       .authority = parsed->authority.key};
}

}  // namespace miner
