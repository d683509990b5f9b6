#include "bus/codec_fields.h"

#include <utility>

#include "adit/bus/v1/bus.pb.h"
#include "base/bytes.h"
#include "bus/wire_kinds.h"

namespace bus {
namespace {

namespace pb = adit::bus::v1;

std::string to_string(const bitcoin::Uint256& value) {
    return base::to_string(value.as_bytes());
}

std::optional<bitcoin::Uint256> uint256_from(const std::string& bytes) {
    if (bytes.size() != 32) return std::nullopt;
    return bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<32>());
}

template <class Proto>
std::optional<Proto> parsed(std::string_view bytes) {
    Proto from;
    if (!from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    return from;
}

void outputs_to_proto(const mining::PayoutOutputs& outputs, pb::Outputs& to) {
    to.set_id(mining::outputs_id(outputs).value);
    for (const auto& output : outputs.outputs) {
        auto& one = *to.add_outputs();
        one.set_script(base::to_string(output.script));
        one.set_basis_points(output.basis_points);
    }
    to.set_pool_tag(base::to_string(outputs.pool_tag));
}

mining::PayoutOutputs outputs_from_proto(const pb::Outputs& from) {
    mining::PayoutOutputs outputs{.outputs = {}, .pool_tag = base::to_bytes(from.pool_tag())};
    for (const auto& output : from.outputs())
        outputs.outputs.push_back({base::to_bytes(output.script()), output.basis_points()});
    return outputs;
}

void custom_job_to_proto(const mining::CustomJob& job, pb::CustomJob& to) {
    to.set_id(mining::custom_job_id(job).value);
    to.set_version(job.version);
    to.set_prev_hash(to_string(job.prev_hash.value));
    to.set_min_ntime(job.min_ntime);
    to.set_nbits(job.nbits);
    to.set_coinbase_tx_version(job.coinbase_tx_version);
    to.set_coinbase_prefix(base::to_string(job.coinbase_prefix));
    to.set_coinbase_tx_input_sequence(job.coinbase_tx_input_sequence);
    to.set_coinbase_tx_outputs(base::to_string(job.coinbase_tx_outputs));
    to.set_coinbase_tx_locktime(job.coinbase_tx_locktime);
    for (const auto& sibling : job.merkle_path) to.add_merkle_path(to_string(sibling));
}

/// Nothing when it is not the job that its id stands for.
std::optional<mining::CustomJob> custom_job_from_proto(const pb::CustomJob& from) {
    const auto prev_hash = uint256_from(from.prev_hash());
    if (!prev_hash) return std::nullopt;
    mining::CustomJob job{.version = from.version(),
                          .prev_hash = {*prev_hash},
                          .min_ntime = from.min_ntime(),
                          .nbits = from.nbits(),
                          .coinbase_tx_version = from.coinbase_tx_version(),
                          .coinbase_prefix = base::to_bytes(from.coinbase_prefix()),
                          .coinbase_tx_input_sequence = from.coinbase_tx_input_sequence(),
                          .coinbase_tx_outputs = base::to_bytes(from.coinbase_tx_outputs()),
                          .coinbase_tx_locktime = from.coinbase_tx_locktime(),
                          .merkle_path = {}};
    for (const auto& bytes : from.merkle_path()) {
        const auto sibling = uint256_from(bytes);
        if (!sibling) return std::nullopt;
        job.merkle_path.push_back(*sibling);
    }
    if (mining::custom_job_id(job).value != from.id()) return std::nullopt;
    return job;
}

void event_to_proto(const Event& event, pb::Event& to) {
    to.set_before_share(event.before_share);
    if (const auto* open = std::get_if<ChannelOpen>(&event.body)) {
        auto& out = *to.mutable_open();
        out.set_key(open->key.value);
        out.set_kind(static_cast<pb::ChannelKind>(wire::number_of(open->kind)));
        out.set_user_identity(open->user_identity);
        out.set_nominal_hash_rate(open->nominal_hash_rate);
        out.set_max_target(to_string(open->max_target.value));
        out.set_extranonce_size(open->extranonce_size);
        out.set_peer(open->peer);
        out.set_channel_id(open->channel_id);
    } else if (const auto* update = std::get_if<ChannelUpdate>(&event.body)) {
        auto& out = *to.mutable_update();
        out.set_key(update->key.value);
        out.set_nominal_hash_rate(update->nominal_hash_rate);
        out.set_max_target(to_string(update->max_target.value));
        out.set_user_identity(update->user_identity);
        out.set_outputs_id(update->outputs_id.value);
    } else if (const auto* close = std::get_if<ChannelClose>(&event.body)) {
        to.mutable_close()->set_key(close->key.value);
        to.mutable_close()->set_reason(close->reason);
    } else if (const auto* applied = std::get_if<TargetApplied>(&event.body)) {
        to.mutable_target_applied()->set_key(applied->key.value);
        to.mutable_target_applied()->set_target(to_string(applied->target.value));
    }
}

std::optional<EventBody> open_from_proto(const pb::ChannelOpen& open) {
    const auto kind = wire::channel_kind(static_cast<std::uint64_t>(open.kind()));
    const auto max_target = uint256_from(open.max_target());
    if (!kind || !max_target || open.extranonce_size() > mining::extranonce_size_max)
        return std::nullopt;
    return ChannelOpen{.key = {open.key()},
                       .kind = *kind,
                       .user_identity = open.user_identity(),
                       .nominal_hash_rate = open.nominal_hash_rate(),
                       .max_target = {*max_target},
                       .extranonce_size = static_cast<std::uint8_t>(open.extranonce_size()),
                       .peer = open.peer(),
                       .channel_id = open.channel_id()};
}

std::optional<EventBody> body_from_proto(const pb::Event& event) {
    switch (event.event_case()) {
        case pb::Event::kOpen: return open_from_proto(event.open());
        case pb::Event::kUpdate: {
            const auto max_target = uint256_from(event.update().max_target());
            if (!max_target) return std::nullopt;
            return ChannelUpdate{.key = {event.update().key()},
                                 .nominal_hash_rate = event.update().nominal_hash_rate(),
                                 .max_target = {*max_target},
                                 .user_identity = event.update().user_identity(),
                                 .outputs_id = {event.update().outputs_id()}};
        }
        case pb::Event::kClose: return ChannelClose{{event.close().key()}, event.close().reason()};
        case pb::Event::kTargetApplied: {
            const auto target = uint256_from(event.target_applied().target());
            if (!target) return std::nullopt;
            return TargetApplied{{event.target_applied().key()}, {*target}};
        }
        case pb::Event::EVENT_NOT_SET: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::string encode_field(const mining::PayoutOutputs& outputs) {
    pb::Outputs to;
    outputs_to_proto(outputs, to);
    return to.SerializeAsString();
}

std::string encode_field(const mining::CustomJob& job) {
    pb::CustomJob to;
    custom_job_to_proto(job, to);
    return to.SerializeAsString();
}

std::string encode_field(const Event& event) {
    pb::Event to;
    event_to_proto(event, to);
    return to.SerializeAsString();
}

std::string encode_field(const OpenOutcome& open) {
    pb::OpenOutcome to;
    to.set_key(open.key.value);
    to.set_error_code(open.error_code);
    to.set_target(to_string(open.target.value));
    outputs_to_proto(open.outputs, *to.mutable_outputs());
    return to.SerializeAsString();
}

std::string encode_field(const OutputsChange& change) {
    pb::OutputsChange to;
    to.set_key(change.key.value);
    outputs_to_proto(change.outputs, *to.mutable_outputs());
    return to.SerializeAsString();
}

std::optional<mining::PayoutOutputs> decode_outputs(std::string_view bytes) {
    const auto from = parsed<pb::Outputs>(bytes);
    if (!from) return std::nullopt;
    return outputs_from_proto(*from);
}

std::optional<mining::CustomJob> decode_custom_job(std::string_view bytes) {
    const auto from = parsed<pb::CustomJob>(bytes);
    if (!from) return std::nullopt;
    return custom_job_from_proto(*from);
}

std::optional<Event> decode_event(std::string_view bytes) {
    const auto from = parsed<pb::Event>(bytes);
    if (!from) return std::nullopt;
    auto body = body_from_proto(*from);
    if (!body) return std::nullopt;
    return Event{from->before_share(), std::move(*body)};
}

std::optional<OpenOutcome> decode_open(std::string_view bytes) {
    const auto from = parsed<pb::OpenOutcome>(bytes);
    if (!from) return std::nullopt;
    const auto target = uint256_from(from->target());
    if (!target) return std::nullopt;
    return OpenOutcome{
        {from->key()}, from->error_code(), {*target}, outputs_from_proto(from->outputs())};
}

std::optional<OutputsChange> decode_outputs_change(std::string_view bytes) {
    const auto from = parsed<pb::OutputsChange>(bytes);
    if (!from) return std::nullopt;
    return OutputsChange{{from->key()}, outputs_from_proto(from->outputs())};
}

}  // namespace bus
