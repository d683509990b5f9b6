#include "miner/pool_address.h"

#include <fmt/format.h>

#include "noise/url.h"

namespace miner {
base::Result<PoolAddress, std::string> parse_pool_address(std::string_view url) {
    const auto parsed = noise::parse_pool_url(url);
    if (!parsed)
        return base::unexpected(fmt::format("{}: {} (want stratum2+tcp://HOST:PORT/AUTHORITY_KEY)",
                                            url, noise::error_text(parsed.error())));
    return PoolAddress{
        .host = parsed->host, .port = parsed->port, .authority = parsed->authority.key};
}

}  // namespace miner
