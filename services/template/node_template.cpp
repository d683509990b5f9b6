#include "template/node_template.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "template/json_fields.h"
#include "template/node_limits.h"

namespace templates {
namespace {

using nlohmann::json;

// Rules that start with "!" change what a block may be: who does not know them must not mine.
std::optional<std::string> unknown_rule(const json& answer) {
    const auto rules = answer.find("rules");
    if (rules == answer.end() || !rules->is_array()) return std::nullopt;
    for (const auto& rule : *rules) {
        if (!rule.is_string()) continue;
        const auto& name = rule.get_ref<const std::string&>();
        if (name.starts_with('!') && name != "!segwit" && name != "!signet") return name;
    }
    return std::nullopt;
}

constexpr std::uint64_t witness_scale_factor = 4;
constexpr std::uint64_t block_weight_max = 4'000'000;
// The header, and how many transactions there are at most.
constexpr std::uint64_t frame_weight = witness_scale_factor * (80 + 3);

struct Transfers {
    std::vector<base::Bytes> bytes{};
    std::vector<bitcoin::Uint256> txids{};
    std::vector<bitcoin::Uint256> wtxids{};
    std::vector<std::uint64_t> weights{};
    std::vector<std::optional<std::uint64_t>> fees_sat{};
};

std::optional<Transfers> read_transactions(const json& answer) {
    const auto list = answer.find("transactions");
    if (list == answer.end() || !list->is_array()) return std::nullopt;
    Transfers transfers;
    for (const auto& entry : *list) {
        if (!entry.is_object()) return std::nullopt;
        const auto data = text(entry, "data");
        auto bytes = data ? base::from_hex(*data) : std::nullopt;
        const auto txid = hash(entry, "txid");
        const auto wtxid = hash(entry, "hash");
        if (!bytes || bytes->empty() || !txid || !wtxid) return std::nullopt;
        // Without a weight, the most that it can be.
        transfers.weights.push_back(
            integer(entry, "weight").value_or(bytes->size() * witness_scale_factor));
        transfers.fees_sat.push_back(integer(entry, "fee"));
        transfers.bytes.push_back(std::move(*bytes));
        transfers.txids.push_back(*txid);
        transfers.wtxids.push_back(*wtxid);
    }
    return transfers;
}

// Leaves out the last transactions, on which no other depends, until the weight is within the
// limit. Returns the fees that go with them; nothing where the node does not tell these.
std::optional<std::uint64_t> make_room(Transfers& transfers, std::uint64_t weight_max) {
    auto weight =
        std::accumulate(transfers.weights.begin(), transfers.weights.end(), std::uint64_t{0});
    std::uint64_t fees_sat = 0;
    while (weight > weight_max && !transfers.bytes.empty()) {
        if (!transfers.fees_sat.back()) return std::nullopt;
        fees_sat += *transfers.fees_sat.back();
        weight -= transfers.weights.back();
        transfers.bytes.pop_back();
        transfers.txids.pop_back();
        transfers.wtxids.pop_back();
        transfers.weights.pop_back();
        transfers.fees_sat.pop_back();
    }
    return fees_sat;
}

bool commits_to(std::string_view commitment, const std::vector<bitcoin::Uint256>& wtxids) {
    const auto script = base::from_hex(commitment);
    return script && *script == bitcoin::witness_commitment_script(bitcoin::witness_root(wtxids));
}

}  // namespace

base::Result<NodeTemplate, std::string> read_node_template(const json& answer,
                                                           std::uint32_t coinbase_weight) {
    const auto wrong = [](std::string what) { return base::unexpected(std::move(what)); };
    if (!answer.is_object()) return wrong("the template is no object");
    if (const auto rule = unknown_rule(answer)) return wrong("the node demands rule " + *rule);
    const auto version = small_integer(answer, "version");
    const auto prev_hash = hash(answer, "previousblockhash");
    const auto curtime = small_integer(answer, "curtime");
    const auto mintime = small_integer(answer, "mintime").value_or(0);
    const auto height = small_integer(answer, "height");
    const auto value = integer(answer, "coinbasevalue");
    const auto bits = nbits(answer);
    if (!version) return wrong("version is missing");
    if (!prev_hash) return wrong("previousblockhash is missing");
    if (!curtime) return wrong("curtime is missing");
    if (!height) return wrong("height is missing");
    if (!value) return wrong("coinbasevalue is missing: the node does not let us make a coinbase");
    const auto nbits_target = bits ? bitcoin::expand_nbits(*bits) : std::nullopt;
    if (!nbits_target) return wrong("bits stand for no target");
    const bitcoin::Target target{hash(answer, "target").value_or(nbits_target->value)};
    auto transfers = read_transactions(answer);
    if (!transfers) return wrong("transactions are missing, or one is not as BIP 145 says");

    const auto commitment = text(answer, "default_witness_commitment");
    if (commitment && !commits_to(*commitment, transfers->wtxids))
        return wrong("default_witness_commitment does not commit to the transactions");
    if (!commitment && transfers->txids != transfers->wtxids)
        return wrong("default_witness_commitment is missing, and there are witnesses");

    const auto given = transfers->bytes.size();
    const auto weight_max =
        std::min(integer(answer, "weightlimit").value_or(block_weight_max), block_weight_max);
    const auto lost_sat =
        make_room(*transfers, weight_max - std::min(weight_max, frame_weight + coinbase_weight));
    if (!lost_sat || *lost_sat > *value)
        return wrong("the node leaves no room for our coinbase, and does not tell its fees");
    // What the node commits to where all transactions stay; the reserved value is zeros.
    base::Bytes outputs;
    if (commitment)
        bitcoin::append_output(outputs, {.value_sat = 0,
                                         .script = bitcoin::witness_commitment_script(
                                             bitcoin::witness_root(transfers->wtxids))});

    Candidate candidate;
    candidate.block_template = {
        .ref = {},
        .tip = {.prev_hash = bitcoin::BlockHash{*prev_hash},
                .nbits = *bits,
                .min_ntime = std::max(*curtime, mintime),
                .network_target = std::min(target, *nbits_target),
                .height = *height},
        .version = *version,
        .coinbase_tx_version = 2,
        .coinbase_prefix = bitcoin::height_push(*height),
        .coinbase_tx_input_sequence = 0xffffffff,
        .coinbase_tx_value_remaining = *value - *lost_sat,
        .coinbase_tx_outputs = std::move(outputs),
        .coinbase_tx_outputs_count = commitment ? 1U : 0U,
        .coinbase_tx_locktime = 0,
        .merkle_path = bitcoin::coinbase_merkle_path(transfers->txids),
        .segwit = commitment.has_value(),
    };
    candidate.transactions =
        std::make_shared<const std::vector<base::Bytes>>(std::move(transfers->bytes));
    const auto kept = candidate.transactions->size();
    read_limits(answer, kept, candidate.block_template);
    return NodeTemplate{.candidate = std::move(candidate),
                        .long_poll_id = std::string{text(answer, "longpollid").value_or("")},
                        .clock = *curtime > mintime ? std::optional{*curtime} : std::nullopt,
                        .transactions_left_out = given - kept};
}

}  // namespace templates
