#include "template/tdp_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/limits.h"
#include "sv2/print.h"

namespace templates {
namespace {

using namespace std::chrono_literals;

// Two megabytes take this long at 35 KB/s: a node behind such a line is of no use to a pool.
constexpr auto answer_deadline = 60s;
// A node may be silent between two blocks. One that is asked answers at once.
constexpr auto quiet_max = 60s;
constexpr auto probe_deadline = 30s;
// No template has this name, and Sv2 7.6 has an answer for that: it serves as a question whether
// the node still works, which the protocol lacks.
constexpr sv2::TemplateId no_template{~std::uint64_t{0}};

// One would do (Sv2 7.3); what a node of ill will can make us keep has an end.
constexpr std::size_t futures_max = sv2::limits::future_jobs_per_channel_max;
// As many as the store keeps, over its tips.
constexpr std::size_t given_max = 256;
constexpr std::size_t to_ask_max = 64;

std::string quoted(std::string_view text) {
    std::string out;
    sv2::print_value(text, out);
    return out;
}

}  // namespace

void TdpClient::on_connected(Effects& effects) {
    sv2::append_frame(sv2::SetupConnection{.protocol = sv2::Protocol::template_distribution,
                                           .min_version = sv2::protocol_version,
                                           .max_version = sv2::protocol_version,
                                           .flags = 0,
                                           .endpoint_host = settings_.host,
                                           .endpoint_port = settings_.port,
                                           .vendor = "adit",
                                           .hardware_version = "",
                                           .firmware = "",
                                           .device_id = ""},
                      effects.frames);
}

void TdpClient::on_frame(const sv2::FrameHeader& header, base::ByteView payload,
                         base::SteadyTime now, Effects& effects) {
    now_ = now;
    heard_at_ = now;
    const auto verdict =
        sv2::dispatch(header, sv2::Protocol::template_distribution, sv2::Role::client);
    if (sv2::is_anomaly(verdict) && ++anomalies_ > sv2::limits::anomalies_per_connection_max)
        return violate("sends too many messages that are not of its protocol", effects);
    if (verdict != sv2::Dispatch::process && verdict != sv2::Dispatch::process_wrong_channel_bit)
        return;
    // We negotiate no extensions, so no answer of theirs is awaited.
    if (header.extension_type != sv2::core_extension) return;
    on_message(header.message_type, payload, effects);
}

void TdpClient::on_message(std::uint8_t type, base::ByteView payload, Effects& effects) {
    if (type == sv2::SetupConnectionError::info.message_type)
        return on_setup_error(payload, effects);
    if (type == sv2::SetupConnectionSuccess::info.message_type)
        return on_setup_success(payload, effects);
    if (type == sv2::Reconnect::info.message_type) {
        if (const auto reconnect = sv2::decode<sv2::Reconnect>(payload))
            effects.reconnect = *reconnect;
        else
            violate("sends a malformed Reconnect", effects);
        return;
    }
    if (state_ != State::set_up)
        return violate("sends templates before SetupConnection.Success", effects);
    switch (type) {
        case sv2::NewTemplate::info.message_type: return on_new_template(payload, effects);
        case sv2::TemplateSetNewPrevHash::info.message_type:
            return on_set_new_prev_hash(payload, effects);
        case sv2::RequestTransactionDataSuccess::info.message_type:
            return on_transactions(payload, effects);
        case sv2::RequestTransactionDataError::info.message_type:
            return on_transactions_error(payload, effects);
        default: break;  // ChannelEndpointChanged: there are no channels here
    }
}

void TdpClient::on_setup_error(base::ByteView payload, Effects& effects) {
    const auto error = sv2::decode<sv2::SetupConnectionError>(payload);
    if (!error) return violate("sends a malformed SetupConnection.Error", effects);
    if (state_ == State::set_up) return violate("refuses a connection it has taken", effects);
    const std::string_view code = error->error_code;
    std::string why = fmt::format("refuses the connection: {}", quoted(code));
    if (code == sv2::error_code::unsupported_protocol)
        why += " (this is no template distribution server; cure: its port for templates)";
    else if (code == sv2::error_code::protocol_version_mismatch)
        why += fmt::format(" (it does not speak version {} of Stratum V2)", sv2::protocol_version);
    effects.failure = Failure{Failure::Kind::unsuitable, std::move(why)};
}

void TdpClient::on_setup_success(base::ByteView payload, Effects& effects) {
    const auto success = sv2::decode<sv2::SetupConnectionSuccess>(payload);
    if (!success) return violate("sends a malformed SetupConnection.Success", effects);
    if (state_ == State::set_up) return violate("answers SetupConnection twice", effects);
    if (success->used_version != sv2::protocol_version) {
        effects.failure = Failure{
            Failure::Kind::unsuitable,
            fmt::format("chose version {} of Stratum V2, which was not offered: version {} was",
                        success->used_version, sv2::protocol_version)};
        return;
    }
    state_ = State::set_up;
    sv2::append_frame(
        sv2::CoinbaseOutputConstraints{settings_.outputs_bytes_max, settings_.outputs_sigops_max},
        effects.frames);
}

void TdpClient::on_new_template(base::ByteView payload, Effects& effects) {
    const auto message = sv2::decode<sv2::NewTemplate>(payload);
    if (!message) return violate("sends a malformed NewTemplate", effects);
    const auto id = message->template_id;
    if (last_id_ && id.value <= *last_id_)
        return violate(fmt::format("names template {} after {}", id.value, *last_id_), effects);
    auto block_template = read_new_template(*message);
    if (!block_template)
        return violate(fmt::format("sends a template that {}", block_template.error()), effects);
    if (!message->future_template && !tip_)
        return violate("sends a template for a tip that it has not named", effects);
    last_id_ = id.value;
    const auto origin = next_origin_++;
    if (message->future_template) {
        if (futures_.size() >= futures_max) futures_.erase(futures_.begin());
        futures_.emplace(id.value, Future{origin, std::move(*block_template), nullptr});
    } else {
        const auto height = block_template->tip.height;
        if (height != tip_->height)
            return violate(fmt::format("sends a template of height {} for a tip of height {}",
                                       height, tip_->height - 1),
                           effects);
        block_template->tip = *tip_;
        give(id, Future{origin, std::move(*block_template), nullptr}, effects);
    }
    ask({id, origin}, effects);
}

void TdpClient::on_set_new_prev_hash(base::ByteView payload, Effects& effects) {
    const auto message = sv2::decode<sv2::TemplateSetNewPrevHash>(payload);
    if (!message) return violate("sends a malformed SetNewPrevHash", effects);
    const auto found = futures_.find(message->template_id.value);
    if (found == futures_.end())
        return violate(fmt::format("names a tip for template {}, which is no future template of it",
                                   message->template_id.value),
                       effects);
    const auto own_target = bitcoin::expand_nbits(message->nbits);
    if (!own_target)
        return violate(fmt::format("names a tip with the impossible nBits {:08x}", message->nbits),
                       effects);
    if (*own_target > easiest_target(settings_.network)) {
        effects.failure =
            Failure{Failure::Kind::unsuitable,
                    fmt::format("is on another chain: nBits {:08x} is easier than any block of "
                                "'{}', the configured network; cure: the template provider of "
                                "that network, or change network",
                                message->nbits, bitcoin::chain_name(settings_.network))};
        return;
    }
    auto future = std::move(found->second);
    auto& block_template = future.block_template;
    const bitcoin::Target target{bitcoin::Uint256::from_bytes(message->target)};
    // A node may ask for more than nBits does, for a block that it wants; never for less.
    block_template.tip = {.prev_hash = {bitcoin::Uint256::from_bytes(message->prev_hash)},
                          .nbits = message->nbits,
                          // Not the lowest time that consensus allows, but the lowest that a
                          // solution sent to this node may have (Sv2 7.7).
                          .min_ntime = message->header_timestamp,
                          .network_target = std::min(*own_target, target),
                          .height = block_template.tip.height};
    // Some nodes name a tip again, with a later time: what is mined on it already stays good.
    if (tip_ && tip_->prev_hash == block_template.tip.prev_hash)
        block_template.tip.min_ntime = std::min(tip_->min_ntime, block_template.tip.min_ntime);
    // The others are of another future.
    futures_.clear();
    std::erase_if(to_ask_, [&](const auto& one) {
        return one.id != message->template_id && !given_.contains(one.origin);
    });
    tip_ = block_template.tip;
    effects.tip = tip_->prev_hash;
    give(message->template_id, std::move(future), effects);
}

void TdpClient::give(sv2::TemplateId id, Future known, Effects& effects) {
    given_.insert_or_assign(known.origin,
                            GivenTemplate{id, tip_->prev_hash, known.block_template.version});
    while (given_.size() > given_max) given_.erase(given_.begin());
    effects.candidates.push_back({.block_template = std::move(known.block_template),
                                  .transactions = std::move(known.transactions),
                                  .origin = known.origin,
                                  .is_early = false});
}

void TdpClient::ask(Asked asked, Effects& effects) {
    to_ask_.push_front(asked);
    if (to_ask_.size() > to_ask_max) to_ask_.pop_back();
    ask_next(effects);
}

void TdpClient::ask_next(Effects& effects) {
    if (asked_ || to_ask_.empty()) return;
    asked_ = to_ask_.front();
    asked_at_ = now_;
    to_ask_.pop_front();
    sv2::append_frame(sv2::RequestTransactionData{asked_->id}, effects.frames);
}

void TdpClient::on_transactions(base::ByteView payload, Effects& effects) {
    const auto message = sv2::decode<sv2::RequestTransactionDataSuccess>(payload);
    if (!message) return violate("sends malformed transactions", effects);
    if (!asked_ || asked_->id != message->template_id)
        return violate(fmt::format("sends transactions of template {}, which were not asked for",
                                   message->template_id.value),
                       effects);
    // Neither excess_data nor the transactions are looked into (Sv2 7.5): a node that is newer than
    // we are may have others than we know.
    auto transactions = std::make_shared<std::vector<base::Bytes>>();
    transactions->reserve(message->transaction_list.size());
    for (const auto transaction : message->transaction_list)
        transactions->push_back(base::to_bytes(transaction));
    if (const auto future = futures_.find(asked_->id.value); future != futures_.end())
        future->second.transactions = std::move(transactions);
    else if (given_.contains(asked_->origin))
        effects.transactions.emplace(asked_->origin, std::move(transactions));
    asked_.reset();
    ask_next(effects);
}

void TdpClient::on_transactions_error(base::ByteView payload, Effects& effects) {
    const auto message = sv2::decode<sv2::RequestTransactionDataError>(payload);
    if (!message) return violate("sends a malformed RequestTransactionData.Error", effects);
    if (message->template_id == no_template) return probed_at_.reset();
    if (!asked_ || asked_->id != message->template_id)
        return violate(fmt::format("refuses transactions of template {}, which were not asked for",
                                   message->template_id.value),
                       effects);
    effects.refused_transactions = quoted(message->error_code);
    asked_.reset();
    ask_next(effects);
}

void TdpClient::on_tick(base::SteadyTime now, Effects& effects) {
    now_ = now;
    if (state_ == State::awaits_setup) {
        if (now - connected_at_ > sv2::limits::setup_deadline)
            violate("does not answer SetupConnection", effects);
        return;
    }
    if (asked_ && now - asked_at_ > answer_deadline)
        return violate("does not answer RequestTransactionData", effects);
    if (probed_at_) {
        if (heard_at_ > *probed_at_)
            probed_at_.reset();
        else if (now - *probed_at_ > probe_deadline)
            violate("has not said anything for a while, nor does it answer", effects);
        return;
    }
    if (asked_ || now - heard_at_ <= quiet_max) return;
    probed_at_ = now;
    sv2::append_frame(sv2::RequestTransactionData{no_template}, effects.frames);
}

std::optional<GivenTemplate> TdpClient::find(std::uint64_t origin) const {
    const auto found = given_.find(origin);
    if (found == given_.end()) return std::nullopt;
    return found->second;
}

void TdpClient::violate(std::string why, Effects& effects) {
    effects.failure = Failure{Failure::Kind::violation, std::move(why)};
}

}  // namespace templates
