#include "template/tdp_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/extension_messages.h"

namespace templates {
namespace {

sv2::U256 to_wire(const bitcoin::Uint256& value) {
    sv2::U256 wire{};
    std::ranges::copy(value.as_bytes(), wire.begin());
    return wire;
}

std::optional<sv2::SetupConnectionError> refusal_of(const sv2::SetupConnection& setup) {
    if (setup.protocol != sv2::Protocol::template_distribution)
        return sv2::SetupConnectionError{0, sv2::error_code::unsupported_protocol};
    if (setup.min_version > sv2::protocol_version || setup.max_version < sv2::protocol_version)
        return sv2::SetupConnectionError{0, sv2::error_code::protocol_version_mismatch};
    if (setup.flags != 0)  // none is defined
        return sv2::SetupConnectionError{setup.flags, sv2::error_code::unsupported_feature_flags};
    return std::nullopt;
}

void append_error(std::uint64_t id, std::string_view code, base::Bytes& frames) {
    sv2::append_frame(sv2::RequestTransactionDataError{.template_id = {id}, .error_code = code},
                      frames);
}

}  // namespace

void TdpSession::on_frame(const sv2::FrameHeader& header, base::ByteView payload, Now now,
                          Effects& effects) {
    // An endpoint that says anything before SetupConnection is not one of ours.
    if (!is_set_up_ && (header.extension_type != sv2::core_extension ||
                        header.message_type != sv2::SetupConnection::info.message_type))
        return close("before-setup", {}, effects);
    const auto verdict =
        sv2::dispatch(header, sv2::Protocol::template_distribution, sv2::Role::server);
    if (verdict != sv2::Dispatch::process) effects.oddity = verdict;
    if (sv2::is_anomaly(verdict) && ++anomalies_ > limits_.anomalies_max)
        return close("too-many-anomalies", {}, effects);
    if (verdict != sv2::Dispatch::process && verdict != sv2::Dispatch::process_wrong_channel_bit)
        return;
    if (header.extension_type == sv2::negotiation_extension) return on_extensions(payload, effects);
    switch (header.message_type) {
        case sv2::SetupConnection::info.message_type: return on_setup(payload, effects);
        case sv2::CoinbaseOutputConstraints::info.message_type:
            return on_constraints(payload, now, effects);
        case sv2::RequestTransactionData::info.message_type:
            return on_request(payload, now, effects);
        case sv2::SubmitSolution::info.message_type: return on_solution(payload, effects);
        default: break;  // dispatch() lets no other type of a client through
    }
}

void TdpSession::on_setup(base::ByteView payload, Effects& effects) {
    if (is_set_up_) return close("second-setup", {}, effects);
    const auto setup = sv2::decode<sv2::SetupConnection>(payload);
    if (!setup) return close("malformed", "SetupConnection", effects);
    if (const auto refusal = refusal_of(*setup)) {
        sv2::append_frame(*refusal, effects.frames);
        return close(refusal->error_code, {}, effects);
    }
    is_set_up_ = true;
    sv2::append_frame(
        sv2::SetupConnectionSuccess{.used_version = sv2::protocol_version, .flags = 0},
        effects.frames);
}

/// None is of use here.
void TdpSession::on_extensions(base::ByteView payload, Effects& effects) {
    const auto request = sv2::decode<sv2::RequestExtensions>(payload);
    if (!request) return close("malformed", "RequestExtensions", effects);
    sv2::append_frame(
        sv2::RequestExtensionsError{.request_id = request->request_id,
                                    .unsupported_extensions = request->requested_extensions,
                                    .required_extensions = {}},
        effects.frames);
}

void TdpSession::on_constraints(base::ByteView payload, Now now, Effects& effects) {
    const auto asked = sv2::decode<sv2::CoinbaseOutputConstraints>(payload);
    if (!asked) return close("malformed", "CoinbaseOutputConstraints", effects);
    // The protocol has no answer that says no; and a template that a client's coinbase makes
    // invalid is worse than none (Sv2 7.1).
    if (asked->coinbase_output_max_additional_size > limits_.outputs_bytes_max ||
        asked->coinbase_output_max_additional_sigops > limits_.outputs_sigops_max)
        return close(
            "constraints-too-large",
            fmt::format("it wants {} bytes and {} sigops for its outputs, and templates leave {} "
                        "and {} free; cure: [template_distribution] outputs_bytes and "
                        "outputs_sigops, and as much in the node",
                        asked->coinbase_output_max_additional_size,
                        asked->coinbase_output_max_additional_sigops, limits_.outputs_bytes_max,
                        limits_.outputs_sigops_max),
            effects);
    const bool is_new = constraints_ != *asked;
    constraints_ = *asked;
    if (!is_new) return;
    // Its first template, or the same one again where its needs have changed.
    last_ref_.reset();
    on_template(now, effects);
}

void TdpSession::on_template(Now now, Effects& effects) {
    if (!constraints_) return;
    const auto* const current = store_.current();
    if (current == nullptr || last_ref_ == current->block_template.ref) return;
    send_template(current->block_template, now, effects);
}

void TdpSession::send_template(const mining::BlockTemplate& block_template, Now now,
                               Effects& effects) {
    const auto& tip = block_template.tip;
    // A tip with other nBits is another one too: testnet's difficulty falls on a tip that stays.
    const bool is_new_tip = tip_ != tip;
    const auto id = ++last_id_;
    std::vector<sv2::U256> path;
    path.reserve(block_template.merkle_path.size());
    for (const auto& node : block_template.merkle_path) path.push_back(to_wire(node));
    sv2::append_frame(
        sv2::NewTemplate{.template_id = {id},
                         .future_template = is_new_tip,
                         .version = block_template.version,
                         .coinbase_tx_version = block_template.coinbase_tx_version,
                         .coinbase_prefix = block_template.coinbase_prefix,
                         .coinbase_tx_input_sequence = block_template.coinbase_tx_input_sequence,
                         .coinbase_tx_value_remaining = block_template.coinbase_tx_value_remaining,
                         .coinbase_tx_outputs_count = block_template.coinbase_tx_outputs_count,
                         .coinbase_tx_outputs = block_template.coinbase_tx_outputs,
                         .coinbase_tx_locktime = block_template.coinbase_tx_locktime,
                         .merkle_path = path},
        effects.frames);
    if (is_new_tip) {
        if (!tip_ || tip_->prev_hash != tip.prev_hash) tip_since_ = now.steady;
        tip_ = tip;
        sv2::append_frame(sv2::TemplateSetNewPrevHash{.template_id = {id},
                                                      .prev_hash = to_wire(tip.prev_hash.value),
                                                      .header_timestamp =
                                                          std::max(tip.min_ntime, now.unix_seconds),
                                                      .nbits = tip.nbits,
                                                      .target = to_wire(tip.network_target.value)},
                          effects.frames);
    }
    last_ref_ = block_template.ref;
    sent_.emplace(id, block_template.ref);
    if (sent_.size() > limits_.templates_max) sent_.erase(sent_.begin());
}

void TdpSession::on_request(base::ByteView payload, Now now, Effects& effects) {
    const auto request = sv2::decode<sv2::RequestTransactionData>(payload);
    if (!request) return close("malformed", "RequestTransactionData", effects);
    if (!constraints_) return close("before-constraints", {}, effects);
    answer_request(request->template_id.value, now, effects);
}

const HeldTemplate* TdpSession::find(std::uint64_t id) const {
    const auto sent = sent_.find(id);
    return sent == sent_.end() ? nullptr : store_.find(sent->second);
}

void TdpSession::answer_request(std::uint64_t id, Now now, Effects& effects) {
    const auto* const held = find(id);
    if (held == nullptr)
        return append_error(id, sv2::error_code::template_id_not_found, effects.frames);
    if (held->block_template.tip.prev_hash != tip_->prev_hash &&
        now.steady - tip_since_ > limits_.stale_after)
        return append_error(id, sv2::error_code::stale_template_id, effects.frames);
    if (!held->transactions) {
        // Our own node has not given them yet.
        if (waiting_.size() >= limits_.waiting_max)
            append_error(id, sv2::error_code::template_id_not_found, effects.frames);
        else
            waiting_.insert(id);
        return;
    }
    std::vector<sv2::B0_16M> list;
    list.reserve(held->transactions->size());
    for (const auto& transaction : *held->transactions) list.emplace_back(transaction->bytes);
    const sv2::RequestTransactionDataSuccess answer{
        .template_id = {id}, .excess_data = {}, .transaction_list = list};
    // More than a frame can carry is more than a block can have, but what a node gave is unread.
    if (list.size() > sv2::Seq0_64K<sv2::B0_16M>::count_max ||
        sv2::encoded_size(answer) > sv2::payload_size_max)
        return append_error(id, sv2::error_code::template_id_not_found, effects.frames);
    sv2::append_frame(answer, effects.frames);
}

void TdpSession::on_transactions(Now now, Effects& effects) {
    for (const auto id : std::exchange(waiting_, {})) answer_request(id, now, effects);
}

void TdpSession::on_solution(base::ByteView payload, Effects& effects) {
    const auto submitted = sv2::decode<sv2::SubmitSolution>(payload);
    if (!submitted) return close("malformed", "SubmitSolution", effects);
    if (!constraints_) return close("before-constraints", {}, effects);
    const auto* const held = find(submitted->template_id.value);
    if (held == nullptr) {
        effects.bad_solution = "unknown-template";
        return;
    }
    const auto coinbase = bitcoin::parse_transaction(submitted->coinbase_tx);
    if (!coinbase) {
        effects.bad_solution = "no-coinbase";
        return;
    }
    const auto& block_template = held->block_template;
    const bitcoin::Header header{.version = submitted->version,
                                 .prev_hash = block_template.tip.prev_hash,
                                 .merkle_root = bitcoin::fold_merkle_path(
                                     bitcoin::txid(*coinbase), block_template.merkle_path),
                                 .ntime = submitted->header_timestamp,
                                 .nbits = block_template.tip.nbits,
                                 .nonce = submitted->header_nonce};
    const auto bytes = bitcoin::encode_header(header);
    if (!block_template.tip.network_target.is_met_by(bitcoin::header_hash(bytes))) {
        effects.bad_solution = "high-hash";
        return;
    }
    effects.solution = Solution{.ref = block_template.ref,
                                .header = bytes,
                                .coinbase = base::to_bytes(submitted->coinbase_tx)};
}

void TdpSession::close(std::string_view reason, std::string why, Effects& effects) {
    effects.close = reason;
    effects.why = std::move(why);
}

}  // namespace templates
