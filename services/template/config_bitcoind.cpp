#include <fmt/format.h>

#include "service/secret_file.h"
#include "template/bitcoind_source.h"
#include "template/node_factory.h"
#include "template/node_url.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void read_credentials(service::TableReader& table, BitcoindSource::Settings& settings) {
    settings.cookie_file = table.optional_path("cookie_file");
    const auto password_file = table.optional_path("password_file");
    const auto user = table.string_or("user", "");
    if (settings.cookie_file.has_value() == password_file.has_value())
        table.problem("cookie_file", "or user and password_file: expected one of the two");
    else if (password_file && user.empty())
        table.problem("user", "is missing: password_file needs it");
    else if (password_file)
        settings.credentials =
            user + ":" + service::read_secret_file(*password_file, table.full_key("password_file"));
    settings.password_file = password_file;
    settings.user = user;
}

void read_news(service::TableReader& table, BitcoindSource::Settings& settings) {
    settings.zmq_hashblock = table.string_or("zmq_hashblock", "");
    const auto& zmq = settings.zmq_hashblock;
    if (!zmq.empty() && zmq != "none" && !zmq.starts_with("tcp://") && !zmq.starts_with("ipc://"))
        table.problem("zmq_hashblock",
                      "is no ZeroMQ address; expected tcp://host:port, as the node's "
                      "zmqpubhashblock has it, or \"none\"");
    settings.long_poll = table.bool_or("long_poll", settings.long_poll);
    settings.early_templates = table.bool_or("early_templates", settings.early_templates);
    // The last resort. A new block is work for nothing until it is seen: half a second is 0.1 % of
    // ten minutes.
    settings.poll_interval =
        table.duration_or("poll_interval", settings.poll_interval, milliseconds{10}, seconds{60});
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
    read_credentials(table, settings);
    read_news(table, settings);
    auto& gate = settings.gate;
    // How old fees may get: what nodes' own template caches use.
    gate.refresh_interval = table.duration_or("refresh_interval", gate.refresh_interval, seconds{1},
                                              std::chrono::minutes{10});
    // A third of a per cent of a block: less is not worth new jobs for all miners.
    gate.refresh_gain_sat = table.integer_in_range<std::uint64_t>(
        "refresh_gain_sat", gate.refresh_gain_sat, 0, 2'100'000'000'000'000);
    // A scriptSig of 100 bytes and twenty outputs; Bitcoin Core leaves twice as much by default.
    settings.coinbase_weight = table.integer_in_range<std::uint32_t>(
        "coinbase_weight", settings.coinbase_weight, 0, 3'999'000);
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
