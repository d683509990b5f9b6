#include "template/config.h"

#include <cmath>

#include "bitcoin/difficulty.h"
#include "service/secret_file.h"
#include "template/node_url.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t default_grpc_port = 24252;
constexpr std::uint16_t default_http_port = 24275;

void read_devchain(service::TableReader table, Config& config) {
    auto& devchain = config.devchain;
    // Short enough to see blocks come while one watches.
    devchain.chain.block_interval = table.duration_or(
        "block_interval", devchain.chain.block_interval, milliseconds{100}, std::chrono::hours{1});
    // Of the first block: 2^24 hashes, a second or two of a CPU. The least is regtest's.
    const double difficulty = table.number_in_range("difficulty", 1.0 / 256, 4.7e-10, 1e6);
    const auto q32 = static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)));
    devchain.chain.start_nbits = bitcoin::to_nbits(bitcoin::target_of(bitcoin::Difficulty{q32}));
    devchain.chain.transactions =
        table.integer_in_range<std::size_t>("transactions", devchain.chain.transactions, 0, 500);
    devchain.refresh_interval = table.duration_or("refresh_interval", devchain.refresh_interval,
                                                  milliseconds{0}, std::chrono::hours{1});
    devchain.foreign_blocks = table.duration_or("foreign_blocks", devchain.foreign_blocks,
                                                milliseconds{0}, std::chrono::hours{24});
}

void read_bitcoind(service::TableReader table, Config& config) {
    auto& bitcoind = config.bitcoind;
    const bool is_used = config.source == SourceKind::bitcoind;
    const auto url = table.string_or("url", "http://127.0.0.1:8332");
    if (const auto parsed = parse_node_url(url))
        bitcoind.url = *parsed;
    else
        table.problem("url",
                      "is no node's address; expected http://host:port, without user and "
                      "password (see cookie_file, user and password_file)");
    const auto cookie_file = table.optional_path("cookie_file");
    const auto password_file = table.optional_path("password_file");
    const auto user = table.string_or("user", "");
    if (is_used && cookie_file.has_value() == password_file.has_value())
        table.problem("cookie_file", "or user and password_file: expected one of the two");
    else if (is_used && password_file && user.empty())
        table.problem("user", "is missing: password_file needs it");
    else if (is_used && cookie_file)
        bitcoind.credentials = service::read_secret_file(*cookie_file, "bitcoind.cookie_file");
    else if (is_used)
        bitcoind.credentials =
            user + ":" + service::read_secret_file(*password_file, "bitcoind.password_file");
    // A new block is work for nothing until it is seen: half a second is 0.1 % of ten minutes.
    bitcoind.poll_interval =
        table.duration_or("poll_interval", bitcoind.poll_interval, milliseconds{10}, seconds{60});
    // How old fees may get: what nodes' own template caches use.
    bitcoind.refresh_interval = table.duration_or("refresh_interval", bitcoind.refresh_interval,
                                                  seconds{1}, std::chrono::minutes{10});
    bitcoind.request_timeout = table.duration_or("request_timeout", bitcoind.request_timeout,
                                                 milliseconds{100}, std::chrono::minutes{5});
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.source = root.one_of<SourceKind>(
        "source", "devchain",
        {{"devchain", SourceKind::devchain}, {"bitcoind", SourceKind::bitcoind}});
    config.network = root.one_of<bitcoin::Network>("network", "regtest",
                                                   {{"main", bitcoin::Network::mainnet},
                                                    {"test", bitcoin::Network::testnet},
                                                    {"testnet4", bitcoin::Network::testnet4},
                                                    {"signet", bitcoin::Network::signet},
                                                    {"regtest", bitcoin::Network::regtest}});
    if (config.source == SourceKind::devchain && config.network != bitcoin::Network::regtest)
        root.problem("network", "must be \"regtest\" where source is \"devchain\"");
    config.bitcoind.network = config.network;
    config.ledger = ledger::read_config(root);
    auto spool = root.table("spool");
    config.spool.folder = spool.path("directory");
    // Settled blocks that stay: years of a pool, a few megabytes of a development chain.
    config.spool.settled_max =
        spool.integer_in_range<std::size_t>("settled_max", config.spool.settled_max, 1, 1'000'000);
    read_devchain(root.table("devchain"), config);
    read_bitcoind(root.table("bitcoind"), config);
    reader.finish();
    return config;
}

}  // namespace templates
