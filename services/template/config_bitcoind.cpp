#include <fmt/format.h>

#include "service/secret_file.h"
#include "template/bitcoind_source.h"
#include "template/node_factory.h"
#include "template/node_url.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// "user:password"; empty where the file does not say it, which is a problem.
std::string read_credentials(service::TableReader& table) {
    const auto cookie_file = table.optional_path("cookie_file");
    const auto password_file = table.optional_path("password_file");
    const auto user = table.string_or("user", "");
    if (cookie_file.has_value() == password_file.has_value())
        table.problem("cookie_file", "or user and password_file: expected one of the two");
    else if (password_file && user.empty())
        table.problem("user", "is missing: password_file needs it");
    else if (cookie_file)
        return service::read_secret_file(*cookie_file, table.full_key("cookie_file"));
    else
        return user + ":" +
               service::read_secret_file(*password_file, table.full_key("password_file"));
    return {};
}

}  // namespace

ReadSource read_bitcoind(service::TableReader& table, bitcoin::Network network) {
    BitcoindSource::Settings settings{.network = network};
    const auto url = table.string_or("url", "http://127.0.0.1:8332");
    if (const auto parsed = parse_node_url(url))
        settings.url = *parsed;
    else
        table.problem("url",
                      "is no node's address; expected http://host:port, without user and "
                      "password (see cookie_file, user and password_file)");
    settings.credentials = read_credentials(table);
    // A new block is work for nothing until it is seen: half a second is 0.1 % of ten minutes.
    settings.poll_interval =
        table.duration_or("poll_interval", settings.poll_interval, milliseconds{10}, seconds{60});
    // How old fees may get: what nodes' own template caches use.
    settings.refresh_interval = table.duration_or("refresh_interval", settings.refresh_interval,
                                                  seconds{1}, std::chrono::minutes{10});
    settings.request_timeout = table.duration_or("request_timeout", settings.request_timeout,
                                                 milliseconds{100}, std::chrono::minutes{5});
    return {.address = fmt::format("http://{}:{}{}", settings.url.host, settings.url.port,
                                   settings.url.path),
            .make = [settings](const SourceParts& parts) {
                return std::make_unique<BitcoindSource>(parts.loop, parts.clock, parts.random,
                                                        settings);
            }};
}

}  // namespace templates
