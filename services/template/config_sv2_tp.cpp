#include <fmt/format.h>

#include "base/log.h"
#include "template/node_factory.h"
#include "template/tdp_source.h"

namespace templates {
namespace {

constexpr std::string_view scheme = "sv2+tcp://";

void read_url(service::TableReader& table, const std::string& text, noise::PoolUrl& url) {
    if (const auto parsed = noise::parse_pool_url(text, scheme))
        url = *parsed;
    else if (parsed.error() == noise::UrlError::wrong_scheme)
        table.problem("url", "does not begin with sv2+tcp://");
    else
        table.problem("url", fmt::format("is no template provider's, sv2+tcp://HOST:PORT/"
                                         "AUTHORITY_KEY: {}",
                                         noise::error_text(parsed.error())));
}

void read_parts(service::TableReader& table, noise::PoolUrl& url) {
    const auto address = table.endpoint("address");
    url.host = address.host;
    url.port = address.port;
    const auto text = table.required_string("authority_key");
    if (const auto key = noise::parse_authority_key(text))
        url.authority = *key;
    else if (!text.empty())
        table.problem("authority_key", fmt::format("is none: {}", noise::error_text(key.error())));
}

}  // namespace

ReadSource read_sv2_tp(service::TableReader& table, bitcoin::Network network) {
    TdpSource::Settings settings{.network = network};
    if (const auto url = table.optional_string("url"))
        read_url(table, *url, settings.url);
    else if (table.has("address") || table.has("authority_key"))
        read_parts(table, settings.url);
    else
        table.problem("url",
                      "is missing: sv2+tcp://HOST:PORT/AUTHORITY_KEY, or address and "
                      "authority_key");
    // Thirty outputs, where a pool has one or two and its miner's: a hundredth of the block's fees
    // would be given away for a thousand bytes that are never used.
    settings.outputs_bytes_max = table.integer_in_range<std::uint32_t>(
        "outputs_bytes", settings.outputs_bytes_max, 0, 100'000);
    settings.outputs_sigops_max = table.integer_in_range<std::uint16_t>(
        "outputs_sigops", settings.outputs_sigops_max, 0, 20'000);
    settings.connect_timeout =
        table.duration_or("connect_timeout", settings.connect_timeout,
                          std::chrono::milliseconds{100}, std::chrono::minutes{5});
    const auto address = service::to_string({settings.url.host, settings.url.port});
    return {.address = address, .make = [settings](const SourceParts& parts) {
                if (settings.url.authority.form == noise::AuthorityKeyForm::legacy)
                    base::log_warning(
                        "authority key of a node is in the old form",
                        {{"node", settings.url.host},
                         {"cure", noise::authority_key_text(settings.url.authority.key)}});
                return std::make_unique<TdpSource>(parts.loop, parts.clock, parts.random, settings,
                                                   TdpSourceMetrics{parts.metrics});
            }};
}

}  // namespace templates
