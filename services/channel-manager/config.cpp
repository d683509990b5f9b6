#include "channel-manager/config.h"

#include <fmt/format.h>

#include <cmath>

#include "base/hex.h"
#include "bitcoin/address.h"
#include "bitcoin/difficulty.h"

namespace channel_manager {
namespace {

constexpr std::uint16_t default_grpc_port = 24272;
constexpr std::uint16_t default_http_port = 24273;

std::vector<std::string> addresses(service::TableReader table, std::string_view key) {
    std::vector<std::string> texts;
    for (const auto& endpoint : table.endpoints(key)) texts.push_back(service::to_string(endpoint));
    // A bad entry has been written down already.
    if (texts.empty() && table.strings(key).empty())
        table.problem(key, "is missing: at least one host:port");
    return texts;
}

mining::PayoutOutput read_output(service::TableReader& table, bitcoin::Network network) {
    mining::PayoutOutput output;
    output.basis_points = mining::basis_points_whole;
    const auto address = table.optional_string("address");
    const auto script = table.optional_string("script");
    if (address.has_value() == script.has_value()) {
        table.problem("address", "is needed, or a script, and not both");
    } else if (address) {
        auto paid = bitcoin::script_of_address(*address, network);
        if (paid)
            output.script = std::move(*paid);
        else
            table.problem("address", fmt::format("\"{}\": {} (network is {})", *address,
                                                 bitcoin::describe(paid.error()),
                                                 bitcoin::chain_name(network)));
    } else if (auto bytes = base::from_hex(*script); bytes && !bytes->empty()) {
        output.script = std::move(*bytes);
    } else {
        table.problem("script", "is not hexadecimal");
    }
    return output;
}

mining::PayoutOutputs read_payout(service::TableReader root, bitcoin::Network network) {
    auto table = root.table("payout");
    mining::PayoutOutputs payout;
    payout.pool_tag = base::to_bytes(table.string_or("pool_tag", "/adit/"));
    if (payout.pool_tag.size() > mining::pool_tag_size_max)
        table.problem("pool_tag",
                      fmt::format("is longer than {} bytes", mining::pool_tag_size_max));
    auto several = table.tables("outputs");
    if (several.empty()) {
        payout.outputs.push_back(read_output(table, network));
        return payout;
    }
    if (table.has("address") || table.has("script"))
        table.problem("outputs", "cannot stand beside payout.address or payout.script");
    std::uint32_t sum = 0;
    for (auto& one : several) {
        auto output = read_output(one, network);
        output.basis_points =
            one.required_integer<std::uint32_t>("basis_points", 1, mining::basis_points_whole);
        sum += output.basis_points;
        payout.outputs.push_back(std::move(output));
    }
    if (sum != mining::basis_points_whole)
        table.problem("outputs", fmt::format("have {} basis points together, not {}", sum,
                                             mining::basis_points_whole));
    return payout;
}

/// The easiest target of a difficulty, which may be a fraction.
bitcoin::Target target_of_number(double difficulty) {
    return bitcoin::target_of(
        bitcoin::Difficulty{static_cast<std::uint64_t>(std::ldexp(difficulty, 32))});
}

OpenPolicy read_policy(service::TableReader root, bitcoin::Network network) {
    OpenPolicy policy;
    policy.outputs = read_payout(root, network);
    auto shares = root.table("shares");
    policy.shares_per_minute =
        shares.number_in_range("per_minute", policy.shares_per_minute, 0.01, 6'000);
    // The range ends where a difficulty no longer fits 32.32 bits. By default a CPU finds shares
    // at the pace wanted, and 0.4 EH/s behind one channel is not slowed down.
    const double difficulty_min = 1e-9;
    const double difficulty_max = 4e9;
    const auto easiest =
        shares.number_in_range("easiest_difficulty", 0.001, difficulty_min, difficulty_max);
    const auto hardest =
        shares.number_in_range("hardest_difficulty", 1e9, difficulty_min, difficulty_max);
    if (easiest > hardest)
        shares.problem("easiest_difficulty", "is above shares.hardest_difficulty");
    policy.easiest = target_of_number(easiest);
    policy.hardest = target_of_number(hardest);
    return policy;
}

ledger::LogRules read_log_rules(service::TableReader root) {
    using std::chrono::hours;
    using std::chrono::seconds;
    auto table = root.table("share_log");
    ledger::LogRules rules;
    rules.keep = table.duration_or("keep", rules.keep, seconds{1});
    rules.keep_read = table.duration_or("keep_read", rules.keep_read, seconds{0});
    // Less does not hold the batches of one tip change; more than a terabyte is a typing mistake.
    rules.bytes_max =
        std::uint64_t{table.integer_in_range<std::uint32_t>(
            "mebibytes_max", static_cast<std::uint32_t>(rules.bytes_max >> 20), 1, 1U << 20)}
        << 20;
    return rules;
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    return read_config(reader);
}

Config read_config(service::ConfigReader& reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.ledger = ledger::read_config(root);
    config.gateways = addresses(root.table("bus"), "gateways");
    config.credits =
        root.table("bus").integer_in_range<std::uint32_t>("credits", config.credits, 1, 1'024);
    config.templates = addresses(root.table("templates"), "replicas");
    const auto network = root.one_of<bitcoin::Network>("network", "main",
                                                       {{"main", bitcoin::Network::mainnet},
                                                        {"test", bitcoin::Network::testnet},
                                                        {"testnet4", bitcoin::Network::testnet4},
                                                        {"signet", bitcoin::Network::signet},
                                                        {"regtest", bitcoin::Network::regtest}});
    config.policy = read_policy(root, network);
    config.share_log = read_log_rules(root);
    reader.finish();
    return config;
}

}  // namespace channel_manager
