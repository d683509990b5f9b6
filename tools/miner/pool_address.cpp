#include "miner/pool_address.h"

#include <fmt/format.h>

#include "noise/url.h"

namespace miner {
namespace {

constexpr std::string_view sv1_scheme = "stratum+tcp://";
constexpr std::string_view wanted =
    "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, or stratum+tcp://HOST:PORT for Stratum V1";

}  // namespace

base::Result<PoolAddress, std::string> parse_pool_address(std::string_view url) {
    const auto refuse = [&](std::string_view why) {
        return base::unexpected(fmt::format("{}: {} (want {})", url, why, wanted));
    };
    if (url.starts_with(sv1_scheme)) {
        auto text = url.substr(sv1_scheme.size());
        if (text.ends_with('/')) text.remove_suffix(1);
        const auto place = noise::parse_place(text);
        if (!place) return refuse(noise::error_text(place.error()));
        return PoolAddress{.protocol = PoolProtocol::sv1, .host = place->host, .port = place->port};
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
