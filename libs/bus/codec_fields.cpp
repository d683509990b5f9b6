#include "bus/codec_fields.h"

#include <limits>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "mining/job.h"

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

base::UnixMicros micros(std::uint64_t since_1970) {
    return base::UnixMicros{std::chrono::microseconds{static_cast<std::int64_t>(since_1970)}};
}
std::uint64_t micros(base::UnixMicros at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

pb::ChannelKind to_proto(mining::ChannelKind kind) {
    return kind == mining::ChannelKind::standard ? pb::CHANNEL_KIND_STANDARD
                                                 : pb::CHANNEL_KIND_EXTENDED;
}
std::optional<mining::ChannelKind> from_proto(pb::ChannelKind kind) {
    switch (kind) {
        case pb::CHANNEL_KIND_STANDARD: return mining::ChannelKind::standard;
        case pb::CHANNEL_KIND_EXTENDED: return mining::ChannelKind::extended;
        default: return std::nullopt;
    }
}

pb::JobState to_proto(mining::JobState state) {
    switch (state) {
        case mining::JobState::active: return pb::JOB_STATE_ACTIVE;
        case mining::JobState::past: return pb::JOB_STATE_PAST;
        case mining::JobState::stale: return pb::JOB_STATE_STALE;
        case mining::JobState::closed: return pb::JOB_STATE_CLOSED;
    }
    return pb::JOB_STATE_UNSPECIFIED;
}
std::optional<mining::JobState> from_proto(pb::JobState state) {
    switch (state) {
        case pb::JOB_STATE_ACTIVE: return mining::JobState::active;
        case pb::JOB_STATE_PAST: return mining::JobState::past;
        case pb::JOB_STATE_STALE: return mining::JobState::stale;
        case pb::JOB_STATE_CLOSED: return mining::JobState::closed;
        default: return std::nullopt;
    }
}

pb::Verdict::Code to_proto(const std::optional<mining::ShareError>& error) {
    if (!error) return pb::Verdict::CODE_ACCEPTED;
    switch (*error) {
        case mining::ShareError::stale_share: return pb::Verdict::CODE_STALE_SHARE;
        case mining::ShareError::invalid_channel_id:  // never reaches a worker
        case mining::ShareError::invalid_job_id: return pb::Verdict::CODE_INVALID_JOB_ID;
        case mining::ShareError::bad_extranonce_size: return pb::Verdict::CODE_BAD_EXTRANONCE_SIZE;
        case mining::ShareError::invalid_share: return pb::Verdict::CODE_INVALID_SHARE;
        case mining::ShareError::version_rolling_not_allowed:
            return pb::Verdict::CODE_VERSION_ROLLING_NOT_ALLOWED;
        case mining::ShareError::invalid_non_rollable_version_bit:
            return pb::Verdict::CODE_INVALID_NON_ROLLABLE_VERSION_BIT;
        case mining::ShareError::difficulty_too_low: return pb::Verdict::CODE_DIFFICULTY_TOO_LOW;
        case mining::ShareError::duplicate_share: return pb::Verdict::CODE_DUPLICATE_SHARE;
    }
    return pb::Verdict::CODE_INVALID_SHARE;
}

bool error_from_proto(pb::Verdict::Code code, std::optional<mining::ShareError>& error) {
    using mining::ShareError;
    switch (code) {
        case pb::Verdict::CODE_ACCEPTED: error.reset(); return true;
        case pb::Verdict::CODE_STALE_SHARE: error = ShareError::stale_share; return true;
        case pb::Verdict::CODE_INVALID_JOB_ID: error = ShareError::invalid_job_id; return true;
        case pb::Verdict::CODE_BAD_EXTRANONCE_SIZE:
            error = ShareError::bad_extranonce_size;
            return true;
        case pb::Verdict::CODE_INVALID_SHARE: error = ShareError::invalid_share; return true;
        case pb::Verdict::CODE_VERSION_ROLLING_NOT_ALLOWED:
            error = ShareError::version_rolling_not_allowed;
            return true;
        case pb::Verdict::CODE_INVALID_NON_ROLLABLE_VERSION_BIT:
            error = ShareError::invalid_non_rollable_version_bit;
            return true;
        case pb::Verdict::CODE_DIFFICULTY_TOO_LOW:
            error = ShareError::difficulty_too_low;
            return true;
        case pb::Verdict::CODE_DUPLICATE_SHARE: error = ShareError::duplicate_share; return true;
        default: return false;
    }
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
        out.set_kind(to_proto(open->kind));
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
    const auto kind = from_proto(open.kind());
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

std::optional<Channel> channel_from_proto(const pb::Channel& from) {
    const auto kind = from_proto(from.kind());
    if (!kind || from.extranonce_size() > mining::extranonce_size_max) return std::nullopt;
    return Channel{.key = {from.key()},
                   .kind = *kind,
                   .user_identity = from.user_identity(),
                   .extranonce_size = static_cast<std::uint8_t>(from.extranonce_size())};
}

std::optional<Job> job_from_proto(const pb::Job& from, const std::vector<Channel>& channels) {
    const auto target = uint256_from(from.target());
    const auto prefix = mining::Extranonce::from(base::as_bytes(from.extranonce_prefix()));
    std::optional<bitcoin::Target> eased_target;
    if (!from.eased_target().empty()) {
        const auto eased = uint256_from(from.eased_target());
        if (!eased) return std::nullopt;
        eased_target = bitcoin::Target{*eased};
    }
    if (!target || !prefix || from.channel() >= channels.size() ||
        from.variant() > std::numeric_limits<std::uint16_t>::max())
        return std::nullopt;
    const auto& channel = channels[from.channel()];
    return Job{.channel = from.channel(),
               .record = {.channel = channel.key,
                          .kind = channel.kind,
                          .job_id = from.job_id(),
                          .template_ref = {from.template_ref()},
                          .custom_job = {from.custom_job_id()},
                          .variant = {static_cast<std::uint16_t>(from.variant())},
                          .outputs_id = {from.outputs_id()},
                          .extranonce_size = channel.extranonce_size,
                          .extranonce_prefix = *prefix,
                          .target = {*target},
                          .eased_target = eased_target,
                          .version_rolling_allowed = from.version_rolling_allowed()}};
}

std::optional<Share> share_from_proto(const pb::Share& from, std::size_t jobs) {
    const auto state = from_proto(from.state());
    const auto extranonce = mining::Extranonce::from(base::as_bytes(from.extranonce()));
    if (!state || !extranonce || from.job() >= jobs) return std::nullopt;
    return Share{.job = from.job(),
                 .submitted = {.sequence_number = from.sequence_number(),
                               .nonce = from.nonce(),
                               .ntime = from.ntime(),
                               .version = from.version(),
                               .extranonce = *extranonce,
                               .state = *state,
                               .received_at = micros(from.received_at_us())},
                 .worker = from.worker()};
}

}  // namespace

void batch_to_proto(const Batch& batch, pb::Batch& to) {
    to.set_bus_version(bus_version);
    to.set_derivation_version(mining::derivation_version);
    to.set_epoch(batch.epoch.value);
    to.set_partition(batch.partition.value);
    to.set_sequence(batch.sequence);
    for (const auto& tip : batch.live_tips) to.add_live_tips(to_string(tip.value));
    for (const auto& channel : batch.channels) {
        auto& out = *to.add_channels();
        out.set_key(channel.key.value);
        out.set_kind(to_proto(channel.kind));
        out.set_user_identity(channel.user_identity);
        out.set_extranonce_size(channel.extranonce_size);
    }
    for (const auto& outputs : batch.outputs) outputs_to_proto(outputs, *to.add_outputs());
    for (const auto& job : batch.custom_jobs) custom_job_to_proto(job, *to.add_custom_jobs());
    for (const auto& [channel, record] : batch.jobs) {
        auto& out = *to.add_jobs();
        out.set_channel(channel);
        out.set_job_id(record.job_id);
        out.set_template_ref(record.template_ref.value);
        out.set_custom_job_id(record.custom_job.value);
        out.set_variant(record.variant.value);
        out.set_outputs_id(record.outputs_id.value);
        out.set_extranonce_prefix(base::to_string(record.extranonce_prefix.bytes()));
        out.set_target(to_string(record.target.value));
        out.set_version_rolling_allowed(record.version_rolling_allowed);
        if (record.eased_target) out.set_eased_target(to_string(record.eased_target->value));
    }
    for (const auto& [job, submitted, worker] : batch.shares) {
        auto& out = *to.add_shares();
        out.set_job(job);
        out.set_state(to_proto(submitted.state));
        out.set_received_at_us(micros(submitted.received_at));
        out.set_sequence_number(submitted.sequence_number);
        out.set_nonce(submitted.nonce);
        out.set_ntime(submitted.ntime);
        out.set_version(submitted.version);
        out.set_extranonce(base::to_string(submitted.extranonce.bytes()));
        out.set_worker(worker);
    }
    for (const auto& event : batch.events) event_to_proto(event, *to.add_events());
}

std::optional<Batch> batch_from_proto(const pb::Batch& from) {
    // Fields are only ever added, so that a log outlives a change of version.
    if (from.bus_version() == 0 || from.bus_version() > bus_version ||
        from.derivation_version() != mining::derivation_version)
        return std::nullopt;
    Batch batch{.epoch = {from.epoch()},
                .partition = {from.partition()},
                .sequence = from.sequence(),
                .live_tips = {},
                .channels = {},
                .outputs = {},
                .custom_jobs = {},
                .jobs = {},
                .shares = {},
                .events = {}};
    for (const auto& tip : from.live_tips()) {
        const auto hash = uint256_from(tip);
        if (!hash) return std::nullopt;
        batch.live_tips.push_back({*hash});
    }
    for (const auto& channel : from.channels()) {
        auto one = channel_from_proto(channel);
        if (!one) return std::nullopt;
        batch.channels.push_back(std::move(*one));
    }
    for (const auto& outputs : from.outputs()) batch.outputs.push_back(outputs_from_proto(outputs));
    std::set<mining::CustomJobId> custom_jobs{{}};
    for (const auto& job : from.custom_jobs()) {
        auto one = custom_job_from_proto(job);
        if (!one) return std::nullopt;
        custom_jobs.insert({job.id()});
        batch.custom_jobs.push_back(std::move(*one));
    }
    for (const auto& job : from.jobs()) {
        auto one = job_from_proto(job, batch.channels);
        if (!one || !custom_jobs.contains(one->record.custom_job)) return std::nullopt;
        batch.jobs.push_back(std::move(*one));
    }
    batch.shares.reserve(static_cast<std::size_t>(from.shares_size()));
    for (const auto& share : from.shares()) {
        auto one = share_from_proto(share, batch.jobs.size());
        if (!one) return std::nullopt;
        batch.shares.push_back(std::move(*one));
    }
    for (const auto& event : from.events()) {
        auto body = body_from_proto(event);
        if (!body || event.before_share() > batch.shares.size()) return std::nullopt;
        batch.events.push_back({event.before_share(), std::move(*body)});
    }
    return batch;
}

void result_to_proto(const Result& result, pb::Result& to) {
    to.set_epoch(result.epoch.value);
    to.set_partition(result.partition.value);
    to.set_sequence(result.sequence);
    for (const auto& verdict : result.verdicts) {
        auto& out = *to.add_verdicts();
        out.set_code(to_proto(verdict.error));
        out.set_difficulty_q32(verdict.difficulty.q32);
        out.set_solves_block(verdict.solves_block);
    }
    for (const auto& open : result.opens) {
        auto& out = *to.add_opens();
        out.set_key(open.key.value);
        out.set_error_code(open.error_code);
        out.set_target(to_string(open.target.value));
        outputs_to_proto(open.outputs, *out.mutable_outputs());
    }
    for (const auto& change : result.outputs_changes) {
        auto& out = *to.add_outputs_changes();
        out.set_key(change.key.value);
        outputs_to_proto(change.outputs, *out.mutable_outputs());
    }
}

std::optional<Result> result_from_proto(const pb::Result& from) {
    Result result{.epoch = {from.epoch()},
                  .partition = {from.partition()},
                  .sequence = from.sequence(),
                  .verdicts = {},
                  .opens = {},
                  .outputs_changes = {}};
    result.verdicts.reserve(static_cast<std::size_t>(from.verdicts_size()));
    for (const auto& verdict : from.verdicts()) {
        Verdict one{.error = {},
                    .difficulty = {verdict.difficulty_q32()},
                    .solves_block = verdict.solves_block()};
        if (!error_from_proto(verdict.code(), one.error)) return std::nullopt;
        result.verdicts.push_back(one);
    }
    for (const auto& open : from.opens()) {
        const auto target = uint256_from(open.target());
        if (!target) return std::nullopt;
        result.opens.push_back(
            {{open.key()}, open.error_code(), {*target}, outputs_from_proto(open.outputs())});
    }
    for (const auto& change : from.outputs_changes())
        result.outputs_changes.push_back({{change.key()}, outputs_from_proto(change.outputs())});
    return result;
}

}  // namespace bus
