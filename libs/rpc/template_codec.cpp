#include "rpc/template_codec.h"

#include "base/bytes.h"
#include "bitcoin/compact_size.h"
#include "mining/job.h"

namespace rpc {
namespace {

// A block of 4 million weight units has fewer than 2^17 transactions.
constexpr int merkle_path_size_max = 17;
constexpr std::size_t coinbase_prefix_size_max = 8;
constexpr std::size_t outputs_size_max = 65'535;  // B0_64K on the wire (Sv2 7.2)
constexpr std::uint64_t money_max_sat = 2'100'000'000'000'000;

// Outputs are an 8-byte value and a counted script, back to back.
bool holds_outputs(base::ByteView bytes, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        if (bytes.size() < 8) return false;
        bytes = bytes.subspan(8);
        const auto script_size = bitcoin::read_compact_size(bytes);
        if (!script_size || *script_size > bytes.size()) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(*script_size));
    }
    return bytes.empty();
}

}  // namespace

std::optional<bitcoin::Uint256> read_uint256(std::string_view bytes) {
    if (bytes.size() != 32) return std::nullopt;
    return bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<32>());
}

std::string write_uint256(const bitcoin::Uint256& value) {
    return base::to_string(value.as_bytes());
}

adit::templates::v1::BlockTemplate to_proto(const mining::BlockTemplate& from) {
    adit::templates::v1::BlockTemplate to;
    to.set_ref(from.ref.value);
    to.set_derivation_version(mining::derivation_version);
    auto& tip = *to.mutable_tip();
    tip.set_prev_hash(write_uint256(from.tip.prev_hash.value));
    tip.set_nbits(from.tip.nbits);
    tip.set_min_ntime(from.tip.min_ntime);
    tip.set_network_target(write_uint256(from.tip.network_target.value));
    tip.set_height(from.tip.height);
    to.set_version(from.version);
    to.set_coinbase_tx_version(from.coinbase_tx_version);
    to.set_coinbase_prefix(base::to_string(from.coinbase_prefix));
    to.set_coinbase_tx_input_sequence(from.coinbase_tx_input_sequence);
    to.set_coinbase_tx_value_remaining(from.coinbase_tx_value_remaining);
    to.set_coinbase_tx_outputs(base::to_string(from.coinbase_tx_outputs));
    to.set_coinbase_tx_outputs_count(from.coinbase_tx_outputs_count);
    to.set_coinbase_tx_locktime(from.coinbase_tx_locktime);
    for (const auto& node : from.merkle_path) to.add_merkle_path(write_uint256(node));
    to.set_segwit(from.segwit);
    if (from.coinbase_weight_max) to.set_coinbase_weight_max(*from.coinbase_weight_max);
    if (from.coinbase_sigops_max) to.set_coinbase_sigops_max(*from.coinbase_sigops_max);
    return to;
}

base::Result<mining::BlockTemplate, std::string_view> from_proto(
    const adit::templates::v1::BlockTemplate& message) {
    const auto wrong = [](std::string_view what) { return base::unexpected(what); };
    if (message.ref() == 0) return wrong("no ref");
    if (message.derivation_version() != mining::derivation_version)
        return wrong("unknown derivation version");
    const auto& tip = message.tip();
    const auto prev_hash = read_uint256(tip.prev_hash());
    if (!prev_hash) return wrong("prev_hash does not have 32 bytes");
    const auto network_target = read_uint256(tip.network_target());
    if (!network_target) return wrong("network_target does not have 32 bytes");
    const auto nbits_target = bitcoin::expand_nbits(tip.nbits());
    if (!nbits_target) return wrong("nbits stands for no target");
    if (bitcoin::Target{*network_target} > *nbits_target)
        return wrong("network_target is easier than nbits");
    if (message.coinbase_prefix().size() > coinbase_prefix_size_max)
        return wrong("coinbase_prefix is too long");
    if (message.coinbase_tx_value_remaining() > money_max_sat)
        return wrong("more money than there is");
    const auto outputs = base::as_bytes(message.coinbase_tx_outputs());
    if (outputs.size() > outputs_size_max) return wrong("coinbase_tx_outputs are too long");
    if (!holds_outputs(outputs, message.coinbase_tx_outputs_count()))
        return wrong("coinbase_tx_outputs are not as many outputs as counted");
    if (message.merkle_path_size() > merkle_path_size_max) return wrong("merkle_path is too long");

    mining::BlockTemplate to{
        .ref = mining::TemplateRef{message.ref()},
        .tip = {.prev_hash = bitcoin::BlockHash{*prev_hash},
                .nbits = tip.nbits(),
                .min_ntime = tip.min_ntime(),
                .network_target = bitcoin::Target{*network_target},
                .height = tip.height()},
        .version = message.version(),
        .coinbase_tx_version = message.coinbase_tx_version(),
        .coinbase_prefix = base::to_bytes(message.coinbase_prefix()),
        .coinbase_tx_input_sequence = message.coinbase_tx_input_sequence(),
        .coinbase_tx_value_remaining = message.coinbase_tx_value_remaining(),
        .coinbase_tx_outputs = base::to_bytes(outputs),
        .coinbase_tx_outputs_count = message.coinbase_tx_outputs_count(),
        .coinbase_tx_locktime = message.coinbase_tx_locktime(),
        .merkle_path = {},
        .segwit = message.segwit(),
    };
    if (message.has_coinbase_weight_max()) to.coinbase_weight_max = message.coinbase_weight_max();
    if (message.has_coinbase_sigops_max()) to.coinbase_sigops_max = message.coinbase_sigops_max();
    for (const auto& bytes : message.merkle_path()) {
        const auto node = read_uint256(bytes);
        if (!node) return wrong("a node of merkle_path does not have 32 bytes");
        to.merkle_path.push_back(*node);
    }
    return to;
}

base::Result<mining::BlockTemplate, std::string_view> parse_template(const std::string& bytes) {
    adit::templates::v1::BlockTemplate message;
    if (!message.ParseFromString(bytes)) return base::unexpected(std::string_view{"no template"});
    return from_proto(message);
}

}  // namespace rpc
