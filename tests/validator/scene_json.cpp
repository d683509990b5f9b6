#include "validator/scene_json.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"

namespace validator {
namespace {

using nlohmann::json;

std::string wire(const bitcoin::Uint256& value) {
    return base::to_hex(value.as_bytes());
}

std::string_view state_name(mining::JobState state) {
    switch (state) {
        case mining::JobState::active: return "active";
        case mining::JobState::past: return "past";
        case mining::JobState::stale: return "stale";
        case mining::JobState::closed: return "closed";
    }
    return "";
}

json template_json(const mining::BlockTemplate& of) {
    json path = json::array();
    for (const auto& node : of.merkle_path) path.push_back(wire(node));
    return {
        {"ref", base::to_hex(of.ref.to_bytes())},
        {"prev_hash", wire(of.tip.prev_hash.value)},
        {"nbits", of.tip.nbits},
        {"min_ntime", of.tip.min_ntime},
        {"network_target", of.tip.network_target.value.to_be_hex()},
        {"version", of.version},
        {"coinbase_tx_version", of.coinbase_tx_version},
        {"coinbase_prefix", base::to_hex(of.coinbase_prefix)},
        {"coinbase_tx_input_sequence", of.coinbase_tx_input_sequence},
        {"coinbase_tx_value_remaining", of.coinbase_tx_value_remaining},
        {"coinbase_tx_outputs", base::to_hex(of.coinbase_tx_outputs)},
        {"coinbase_tx_outputs_count", of.coinbase_tx_outputs_count},
        {"coinbase_tx_locktime", of.coinbase_tx_locktime},
        {"merkle_path", std::move(path)},
    };
}

json outputs_json(const mining::PayoutOutputs& of) {
    json outputs = json::array();
    for (const auto& [script, points] : of.outputs)
        outputs.push_back({base::to_hex(script), points});
    return {{"outputs", std::move(outputs)}, {"pool_tag", base::to_hex(of.pool_tag)}};
}

json record_json(const mining::JobRecord& of) {
    return {
        {"variant", of.variant.value},
        {"extranonce_size", of.extranonce_size},
        {"extranonce_prefix", base::to_hex(of.extranonce_prefix.bytes())},
        {"target", of.target.value.to_be_hex()},
        {"version_rolling_allowed", of.version_rolling_allowed},
    };
}

json judged_json(const mining::Judged& of) {
    return {
        {"hash", wire(of.hash.value)},
        {"solves_block", of.solves_block},
        {"verdict",
         of.verdict ? std::string_view{"accepted"} : mining::error_code(of.verdict.error())},
        {"difficulty_q32", of.verdict ? of.verdict->q32 : 0},
    };
}

}  // namespace

std::string scene_json(const Scene& scene, std::span<const mining::Judged> alone,
                       std::span<const mining::Judged> in_batch) {
    json shares = json::array();
    for (std::size_t i = 0; i < scene.shares.size(); ++i) {
        const auto& share = scene.shares[i];
        shares.push_back({
            {"nonce", share.nonce},
            {"ntime", share.ntime},
            {"version", share.version},
            {"extranonce", base::to_hex(share.extranonce.bytes())},
            {"state", state_name(share.state)},
            {"received_at_us", share.received_at.time_since_epoch().count()},
            {"judge", judged_json(alone[i])},
            {"batch_judge", judged_json(in_batch[i])},
        });
    }
    return json{{"template", template_json(scene.block_template)},
                {"payout", outputs_json(scene.outputs)},
                {"job", record_json(scene.record)},
                {"shares", std::move(shares)}}
        .dump();
}

}  // namespace validator
