#include "channel-manager/payout_config.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/hex.h"
#include "bitcoin/address.h"
#include "bitcoin/descriptor.h"
#include "bitcoin/extended_key.h"
#include "bitcoin/script.h"
#include "mining/coinbase_limits.h"

namespace channel_manager {
namespace {

using Mode = PayoutPolicy::Mode;

// Consensus: a longer script can never be run, hence never be spent.
constexpr std::size_t script_size_max = 10'000;

base::Bytes script_of_descriptor(service::TableReader& table, const std::string& descriptor,
                                 bitcoin::Network network) {
    std::optional<std::uint32_t> index;
    const bool is_ranged = bitcoin::is_ranged(descriptor);
    if (table.has("descriptor_index")) {
        index = table.required_integer<std::uint32_t>("descriptor_index", 0,
                                                      bitcoin::hardened_index_min - 1);
        if (!is_ranged)
            table.problem("descriptor_index", "has no place: the descriptor has no * to stand for");
    } else if (is_ranged) {
        table.problem("descriptor_index",
                      "is missing: the descriptor ends in a *, which stands for any number of "
                      "scripts; say which one is paid");
        return {};
    }
    auto script = bitcoin::script_of_descriptor(descriptor, network, index);
    if (script) return *std::move(script);
    table.problem("descriptor", script.error());
    return {};
}

/// The script that an output of the table pays to; empty when a problem was written down.
base::Bytes read_script(service::TableReader& table, bitcoin::Network network) {
    const auto address = table.optional_string("address");
    const auto descriptor = table.optional_string("descriptor");
    const auto script = table.optional_string("script");
    if (address.has_value() + descriptor.has_value() + script.has_value() != 1) {
        table.problem("address", "is needed, or a descriptor, or a script, and only one of them");
        return {};
    }
    if (!descriptor && table.has("descriptor_index"))
        table.problem("descriptor_index", "has no place without a descriptor");
    if (descriptor) return script_of_descriptor(table, *descriptor, network);
    if (address) {
        auto paid = bitcoin::script_of_address(*address, network);
        if (paid) return *std::move(paid);
        table.problem("address",
                      fmt::format("\"{}\": {} (network is {})", *address,
                                  bitcoin::describe(paid.error()), bitcoin::chain_name(network)));
    } else if (auto bytes = base::from_hex(*script); bytes && !bytes->empty()) {
        return *std::move(bytes);
    } else {
        table.problem("script", "is not hexadecimal");
    }
    return {};
}

mining::PayoutOutput read_output(service::TableReader& table, bitcoin::Network network) {
    mining::PayoutOutput output{read_script(table, network), mining::basis_points_whole};
    const std::string_view key = table.has("descriptor") ? "descriptor"
                                 : table.has("script")   ? "script"
                                                         : "address";
    if (output.script.size() > script_size_max)
        table.problem(key, fmt::format("pays a script of {} bytes, and one beyond {} can never be "
                                       "spent",
                                       output.script.size(), script_size_max));
    if (bitcoin::script_type(output.script) == bitcoin::ScriptType::null_data)
        table.problem(key, "pays to OP_RETURN, which nobody can ever spend");
    return output;
}

std::vector<mining::PayoutOutput> read_several(std::vector<service::TableReader>& tables,
                                               service::TableReader& payout,
                                               bitcoin::Network network) {
    for (const auto* one : {"address", "descriptor", "script"})
        if (payout.has(one))
            payout.problem("outputs", fmt::format("cannot stand beside payout.{}", one));
    std::vector<mining::PayoutOutput> outputs;
    std::uint32_t sum = 0;
    for (auto& table : tables) {
        auto output = read_output(table, network);
        output.basis_points =
            table.required_integer<std::uint32_t>("basis_points", 1, mining::basis_points_whole);
        sum += output.basis_points;
        outputs.push_back(std::move(output));
    }
    if (sum != mining::basis_points_whole)
        payout.problem("outputs", fmt::format("have {} basis points together, not {}", sum,
                                              mining::basis_points_whole));
    return outputs;
}

/// What solo mode makes of the pool's outputs: the parts of its fee.
void apply_fee(service::TableReader& table, std::uint32_t fee, PayoutPolicy& policy) {
    if (policy.pool.outputs.empty()) return;
    policy.pool = scaled_to_fee(std::move(policy.pool), fee);
    if (fee == 0) {
        policy.pool.outputs.clear();
        return;
    }
    for (std::size_t i = 0; i < policy.pool.outputs.size(); ++i)
        if (policy.pool.outputs[i].basis_points == 0)
            table.problem("fee_basis_points",
                          fmt::format("leaves nothing for outputs[{}]: a fee of {} basis points "
                                      "cannot be split so; raise it, or drop that output",
                                      i, fee));
}

/// No block can hold more, whatever else is in it.
void check_cost(service::TableReader& table, const PayoutPolicy& policy) {
    const auto cost = mining::coinbase_cost_max(policy.pool);
    if (cost.weight > mining::block_weight_max)
        table.problem("outputs", fmt::format("make a coinbase that weighs {}, and a block may "
                                             "weigh {}: pay to fewer or shorter scripts",
                                             cost.weight, mining::block_weight_max));
    if (cost.sigops > mining::block_sigops_cost_max)
        table.problem("outputs",
                      fmt::format("have signature operations that cost {}, and those of a block "
                                  "may cost {}: pay to addresses instead of bare scripts",
                                  cost.sigops, mining::block_sigops_cost_max));
}

/// What nodes leave unless they are told otherwise, and what to tell them.
std::string describe_cost(const PayoutPolicy& policy) {
    // Bitcoin Core's -blockreservedweight, for the header, the count and the coinbase.
    constexpr std::size_t reserved_weight = 8'000;
    constexpr std::size_t frame_weight = (80 + 3) * 4;
    // What it reserves for the coinbase's signature operations, and no option changes.
    constexpr std::uint64_t reserved_sigops = 400;
    const auto cost = mining::coinbase_cost_max(policy.pool);
    std::string text;
    if (cost.weight + frame_weight > reserved_weight)
        text += fmt::format(
            "  WARNING: the coinbase weighs up to {}: have every node reserve more, "
            "for Bitcoin Core -blockreservedweight={} at least\n",
            cost.weight, cost.weight + frame_weight);
    if (cost.sigops > reserved_sigops)
        text += fmt::format(
            "  WARNING: the signature operations of these outputs cost {}, and "
            "nodes reserve {}: full blocks have no room for them\n",
            cost.sigops, reserved_sigops);
    return text;
}

std::string percent(std::uint32_t basis_points) {
    return fmt::format("{:3}.{:02} %", basis_points / 100, basis_points % 100);
}

std::string describe_output(const mining::PayoutOutput& output, bitcoin::Network network) {
    const auto address = bitcoin::address_of_script(output.script, network);
    const auto hex = base::to_hex(output.script);
    auto line = fmt::format("  {} to {}", percent(output.basis_points),
                            address ? fmt::format("{} (script {})", *address, hex)
                                    : fmt::format("script {}, which has no address", hex));
    if (bitcoin::script_type(output.script) == bitcoin::ScriptType::witness_unknown)
        line += "; ANYBODY can spend this today";
    return line;
}

}  // namespace

PayoutPolicy read_payout(service::TableReader root) {
    PayoutPolicy policy;
    policy.network = root.one_of<bitcoin::Network>("network", "main",
                                                   {{"main", bitcoin::Network::mainnet},
                                                    {"test", bitcoin::Network::testnet},
                                                    {"testnet4", bitcoin::Network::testnet4},
                                                    {"signet", bitcoin::Network::signet},
                                                    {"regtest", bitcoin::Network::regtest}});
    auto table = root.table("payout");
    policy.mode = table.one_of<Mode>("mode", "pool", {{"pool", Mode::pool}, {"solo", Mode::solo}});
    const bool is_solo = policy.mode == Mode::solo;
    if (!is_solo && table.has("fee_basis_points"))
        table.problem("fee_basis_points", "is for mode = \"solo\": a pool keeps what it is paid");
    const auto fee = table.integer_in_range<std::uint32_t>("fee_basis_points", 0, 0,
                                                           mining::basis_points_whole - 1);
    policy.pool.pool_tag = base::to_bytes(table.string_or("pool_tag", "/adit/"));
    if (policy.pool.pool_tag.size() > mining::pool_tag_size_max)
        table.problem("pool_tag",
                      fmt::format("is longer than {} bytes", mining::pool_tag_size_max));
    auto several = table.tables("outputs");
    const bool has_any = table.has("address") || table.has("descriptor") || table.has("script");
    if (!several.empty())
        policy.pool.outputs = read_several(several, table, policy.network);
    else if (has_any || !is_solo)
        policy.pool.outputs.push_back(read_output(table, policy.network));
    else if (fee > 0)
        table.problem("address",
                      "is needed, or a descriptor, a script or outputs: whom the fee of "
                      "payout.fee_basis_points pays");
    if (is_solo) apply_fee(table, fee, policy);
    check_cost(table, policy);
    return policy;
}

std::string describe(const PayoutPolicy& policy) {
    const bool is_solo = policy.mode == Mode::solo;
    auto text = fmt::format("payout: {} on {}, pool tag \"{}\"\n", is_solo ? "solo" : "pool",
                            bitcoin::chain_name(policy.network),
                            base::as_string_view(policy.pool.pool_tag));
    std::uint32_t fee = 0;
    for (const auto& output : policy.pool.outputs) fee += output.basis_points;
    if (is_solo)
        text += fmt::format("  {} to the address that the channel's account is\n",
                            percent(mining::basis_points_whole - fee));
    for (const auto& output : policy.pool.outputs)
        text += describe_output(output, policy.network) + "\n";
    if (is_solo || policy.pool.outputs.size() > 1)
        text += "  what rounding leaves goes to the first\n";
    return text + describe_cost(policy);
}

}  // namespace channel_manager
