#include "template/node_template.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"

namespace templates {
namespace {

using nlohmann::json;

std::optional<std::uint64_t> integer(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    if (found->is_number_unsigned()) return found->get<std::uint64_t>();
    const auto value = found->get<std::int64_t>();
    if (value < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

std::optional<std::uint32_t> small_integer(const json& object, const char* key) {
    const auto value = integer(object, key);
    if (!value || *value > 0xffffffff) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<std::string_view> text(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get_ref<const std::string&>();
}

std::optional<bitcoin::Uint256> hash(const json& object, const char* key) {
    const auto hex = text(object, key);
    return hex ? bitcoin::Uint256::from_be_hex(*hex) : std::nullopt;
}

std::optional<std::uint32_t> nbits(const json& object) {
    const auto hex = text(object, "bits");
    if (!hex || hex->size() != 8) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex->data(), hex->data() + hex->size(), value, 16);
    if (error != std::errc{} || end != hex->data() + hex->size()) return std::nullopt;
    return value;
}

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

struct Transfers {
    std::vector<base::Bytes> bytes{};
    std::vector<bitcoin::Uint256> txids{};
    std::vector<bitcoin::Uint256> wtxids{};
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
        transfers.bytes.push_back(std::move(*bytes));
        transfers.txids.push_back(*txid);
        transfers.wtxids.push_back(*wtxid);
    }
    return transfers;
}

}  // namespace

base::Result<Candidate, std::string> read_node_template(const json& answer) {
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

    base::Bytes outputs;
    const auto commitment = text(answer, "default_witness_commitment");
    if (commitment) {
        const auto script = base::from_hex(*commitment);
        // The node's commitment is used, and is what the reserved value of zeros gives.
        if (!script ||
            *script != bitcoin::witness_commitment_script(bitcoin::witness_root(transfers->wtxids)))
            return wrong("default_witness_commitment does not commit to the transactions");
        bitcoin::append_output(outputs, {.value_sat = 0, .script = *script});
    } else if (transfers->txids != transfers->wtxids) {
        return wrong("default_witness_commitment is missing, and there are witnesses");
    }

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
        .coinbase_tx_value_remaining = *value,
        .coinbase_tx_outputs = std::move(outputs),
        .coinbase_tx_outputs_count = commitment ? 1U : 0U,
        .coinbase_tx_locktime = 0,
        .merkle_path = bitcoin::coinbase_merkle_path(transfers->txids),
        .segwit = commitment.has_value(),
    };
    candidate.transactions =
        std::make_shared<const std::vector<base::Bytes>>(std::move(transfers->bytes));
    return candidate;
}

}  // namespace templates
