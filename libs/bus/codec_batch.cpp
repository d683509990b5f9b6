#include "bus/codec_batch.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "bus/codec_fields.h"
#include "bus/wire.h"
#include "bus/wire_kinds.h"
#include "mining/job.h"

namespace bus {
namespace {

using wire::tag;
using wire::Type;

constexpr std::size_t hash_size = 32;

// More than any of these takes beside its texts, with its own tag and length.
constexpr std::size_t head_size_max = 8 * wire::number_size_max;
constexpr std::size_t channel_size_max = 6 * wire::number_size_max;
constexpr std::size_t job_size_max = 12 * wire::number_size_max + 3 * hash_size;
constexpr std::size_t share_size_max = 10 * wire::number_size_max + hash_size;

std::string_view view(const bitcoin::Uint256& value) {
    return base::as_string_view(value.as_bytes());
}
std::string_view view(const mining::Extranonce& extranonce) {
    return base::as_string_view(extranonce.bytes());
}

bool read(std::string_view bytes, bitcoin::Uint256& value) {
    if (bytes.size() != hash_size) return false;
    value = bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<hash_size>());
    return true;
}
bool read(std::string_view bytes, mining::Extranonce& extranonce) {
    const auto from = mining::Extranonce::from(base::as_bytes(bytes));
    if (from) extranonce = *from;
    return from.has_value();
}

/// Protobuf reads the low half of a number that is too large for its field.
std::uint32_t low(std::uint64_t number) {
    return static_cast<std::uint32_t>(number);
}

void write(wire::Writer& to, const Channel& channel) {
    to.number(1, channel.key.value);
    to.number(2, wire::number_of(channel.kind));
    to.bytes(3, channel.user_identity);
    to.number(4, channel.extranonce_size);
}

void write(wire::Writer& to, const Job& job) {
    const auto& record = job.record;
    to.number(1, job.channel);
    to.number(2, record.job_id);
    to.number(3, record.template_ref.value);
    to.number(4, record.variant.value);
    to.number(5, record.outputs_id.value);
    to.bytes(6, view(record.extranonce_prefix));
    to.bytes(7, view(record.target.value));
    to.number(8, record.version_rolling_allowed ? 1 : 0);
    if (record.eased_target) to.bytes(9, view(record.eased_target->value));
    to.number(10, record.custom_job.value);
}

void write(wire::Writer& to, const Share& share) {
    const auto& submitted = share.submitted;
    to.number(1, share.job);
    to.number(2, wire::number_of(submitted.state));
    to.number(3, static_cast<std::uint64_t>(submitted.received_at.time_since_epoch().count()));
    to.number(4, submitted.sequence_number);
    to.fixed32(5, submitted.nonce);
    to.fixed32(6, submitted.ntime);
    to.fixed32(7, submitted.version);
    to.bytes(8, view(submitted.extranonce));
    to.bytes(9, share.worker);
}

/// What the batch takes at most, without the parts that are in `rare`.
std::size_t size_max(const Batch& batch) {
    std::size_t sum = head_size_max + batch.live_tips.size() * (hash_size + wire::number_size_max) +
                      batch.channels.size() * channel_size_max + batch.jobs.size() * job_size_max +
                      batch.shares.size() * share_size_max;
    for (const auto& channel : batch.channels) sum += channel.user_identity.size();
    for (const auto& share : batch.shares) sum += share.worker.size();
    return sum;
}

/// The parts that are encoded before, because nobody knows how long they are.
struct RareParts {
    explicit RareParts(const Batch& batch)
        : outputs(encoded(batch.outputs)),
          events(encoded(batch.events)),
          custom_jobs(encoded(batch.custom_jobs)) {}

    std::size_t size{};  // at most, with tags and lengths
    std::vector<std::string> outputs;
    std::vector<std::string> events;
    std::vector<std::string> custom_jobs;

  private:
    template <class Part>
    std::vector<std::string> encoded(const std::vector<Part>& parts) {
        std::vector<std::string> fields;
        fields.reserve(parts.size());
        for (const auto& part : parts) {
            fields.push_back(encode_field(part));
            size += fields.back().size() + wire::number_size_max;
        }
        return fields;
    }
};

void write(wire::Writer& to, const Batch& batch, const RareParts& rare) {
    to.number(1, bus_version);
    to.number(2, mining::derivation_version);
    to.number(3, batch.epoch.value);
    to.number(4, batch.partition.value);
    to.number(5, batch.sequence);
    for (const auto& tip : batch.live_tips) to.item(6, view(tip.value));
    for (const auto& channel : batch.channels) to.message(7, [&] { write(to, channel); });
    for (const auto& outputs : rare.outputs) to.item(8, outputs);
    for (const auto& job : batch.jobs) to.message(9, [&] { write(to, job); });
    for (const auto& share : batch.shares) to.message(10, [&] { write(to, share); });
    for (const auto& event : rare.events) to.item(11, event);
    for (const auto& job : rare.custom_jobs) to.item(12, job);
}

/// Reads the fields of a message into what stands for it. False when they are damaged, or
/// `take` refuses one.
template <class Take>
bool read_fields(std::string_view bytes, Take take) {
    wire::Reader from{bytes};
    for (wire::Field field; from.next(field);)
        if (!take(field)) return false;
    return !from.is_damaged();
}

bool read(std::string_view bytes, Channel& channel) {
    std::uint64_t kind = 0;
    std::uint32_t extranonce_size = 0;
    const bool is_whole = read_fields(bytes, [&](const wire::Field& field) {
        switch (field.tag) {
            case tag(1, Type::varint): channel.key.value = field.number; break;
            case tag(2, Type::varint): kind = field.number; break;
            case tag(3, Type::bytes): channel.user_identity = field.bytes; break;
            case tag(4, Type::varint): extranonce_size = low(field.number); break;
            default: break;
        }
        return true;
    });
    const auto known = wire::channel_kind(kind);
    if (!is_whole || !known || extranonce_size > mining::extranonce_size_max) return false;
    channel.kind = *known;
    channel.extranonce_size = static_cast<std::uint8_t>(extranonce_size);
    return true;
}

/// All but what the job has of its channel.
bool read(std::string_view bytes, Job& job) {
    auto& record = job.record;
    std::string_view target;
    std::string_view eased_target;
    std::string_view prefix;
    std::uint32_t variant = 0;
    const bool is_whole = read_fields(bytes, [&](const wire::Field& field) {
        switch (field.tag) {
            case tag(1, Type::varint): job.channel = low(field.number); break;
            case tag(2, Type::varint): record.job_id = low(field.number); break;
            case tag(3, Type::varint): record.template_ref.value = field.number; break;
            case tag(4, Type::varint): variant = low(field.number); break;
            case tag(5, Type::varint): record.outputs_id.value = field.number; break;
            case tag(6, Type::bytes): prefix = field.bytes; break;
            case tag(7, Type::bytes): target = field.bytes; break;
            case tag(8, Type::varint): record.version_rolling_allowed = field.number != 0; break;
            case tag(9, Type::bytes): eased_target = field.bytes; break;
            case tag(10, Type::varint): record.custom_job.value = field.number; break;
            default: break;
        }
        return true;
    });
    if (!is_whole || variant > std::numeric_limits<std::uint16_t>::max() ||
        !read(prefix, record.extranonce_prefix) || !read(target, record.target.value))
        return false;
    record.variant.value = static_cast<std::uint16_t>(variant);
    return eased_target.empty() || read(eased_target, record.eased_target.emplace().value);
}

bool read(std::string_view bytes, Share& share) {
    auto& submitted = share.submitted;
    std::uint64_t state = 0;
    std::uint64_t received_at_us = 0;
    std::string_view extranonce;
    const bool is_whole = read_fields(bytes, [&](const wire::Field& field) {
        switch (field.tag) {
            case tag(1, Type::varint): share.job = low(field.number); break;
            case tag(2, Type::varint): state = field.number; break;
            case tag(3, Type::varint): received_at_us = field.number; break;
            case tag(4, Type::varint): submitted.sequence_number = low(field.number); break;
            case tag(5, Type::fixed32): submitted.nonce = low(field.number); break;
            case tag(6, Type::fixed32): submitted.ntime = low(field.number); break;
            case tag(7, Type::fixed32): submitted.version = low(field.number); break;
            case tag(8, Type::bytes): extranonce = field.bytes; break;
            case tag(9, Type::bytes): share.worker = field.bytes; break;
            default: break;
        }
        return true;
    });
    const auto known = wire::job_state(state);
    if (!is_whole || !known || !read(extranonce, submitted.extranonce)) return false;
    submitted.state = *known;
    submitted.received_at =
        base::UnixMicros{std::chrono::microseconds{static_cast<std::int64_t>(received_at_us)}};
    return true;
}

/// The fields of a batch; what they say of one another is not looked at.
struct ReadBatch {
    Batch batch{};
    std::uint32_t version{};
    std::uint32_t derivation_version{};

    bool take(const wire::Field& field) {
        switch (field.tag) {
            case tag(1, Type::varint): version = low(field.number); return true;
            case tag(2, Type::varint): derivation_version = low(field.number); return true;
            case tag(3, Type::varint): batch.epoch.value = field.number; return true;
            case tag(4, Type::varint): batch.partition.value = low(field.number); return true;
            case tag(5, Type::varint): batch.sequence = field.number; return true;
            case tag(6, Type::bytes):
                return read(field.bytes, batch.live_tips.emplace_back().value);
            case tag(7, Type::bytes): return read(field.bytes, batch.channels.emplace_back());
            case tag(8, Type::bytes): return add(batch.outputs, decode_outputs(field.bytes));
            case tag(9, Type::bytes): return read(field.bytes, batch.jobs.emplace_back());
            case tag(10, Type::bytes): return read(field.bytes, batch.shares.emplace_back());
            case tag(11, Type::bytes): return add(batch.events, decode_event(field.bytes));
            case tag(12, Type::bytes):
                return add(batch.custom_jobs, decode_custom_job(field.bytes));
            default: return true;
        }
    }

  private:
    template <class Part>
    static bool add(std::vector<Part>& parts, std::optional<Part> part) {
        if (part) parts.push_back(std::move(*part));
        return part.has_value();
    }
};

/// Gives each job what it has of its channel. False where something names what is not there.
bool join(Batch& batch) {
    std::vector<mining::CustomJobId> custom_jobs{{}};
    for (const auto& job : batch.custom_jobs) custom_jobs.push_back(mining::custom_job_id(job));
    for (auto& [channel, record] : batch.jobs) {
        if (channel >= batch.channels.size() ||
            std::ranges::find(custom_jobs, record.custom_job) == custom_jobs.end())
            return false;
        const auto& of = batch.channels[channel];
        record.channel = of.key;
        record.kind = of.kind;
        record.extranonce_size = of.extranonce_size;
    }
    return std::ranges::all_of(batch.shares,
                               [&](const Share& share) { return share.job < batch.jobs.size(); }) &&
           std::ranges::all_of(batch.events, [&](const Event& event) {
               return event.before_share <= batch.shares.size();
           });
}

}  // namespace

void append_batch(std::uint32_t field, const Batch& batch, std::string& to) {
    const RareParts rare{batch};
    wire::Writer out{to, wire::number_size_max + size_max(batch) + rare.size};
    out.message(field, [&] { write(out, batch, rare); });
    out.finish();
}

void append_scan(std::uint32_t field, const Scan& scan, std::string& to) {
    const RareParts rare{scan.shares};
    wire::Writer out{to, 3 * wire::number_size_max + size_max(scan.shares) + rare.size};
    out.message(field, [&] {
        out.number(1, scan.number);
        out.message(2, [&] { write(out, scan.shares, rare); });
    });
    out.finish();
}

std::optional<Scan> scan_from(std::string_view bytes) {
    std::uint64_t number = 0;
    std::string_view shares;
    const bool is_whole = read_fields(bytes, [&](const wire::Field& field) {
        if (field.tag == tag(1, Type::varint)) number = field.number;
        if (field.tag == tag(2, Type::bytes)) shares = field.bytes;
        return true;
    });
    if (!is_whole || batch_version(shares) != bus_version) return std::nullopt;
    auto batch = batch_from(shares);
    if (!batch) return std::nullopt;
    return Scan{number, std::move(*batch)};
}

std::optional<Batch> batch_from(std::string_view bytes) {
    ReadBatch from;
    // A share takes some 40 bytes and its job, where it is alone with it, a hundred.
    from.batch.shares.reserve(bytes.size() / 128);
    if (!read_fields(bytes, [&](const wire::Field& field) { return from.take(field); }))
        return std::nullopt;
    // Fields are only ever added, so that a log outlives a change of version.
    if (from.version == 0 || from.version > bus_version ||
        from.derivation_version != mining::derivation_version || !join(from.batch))
        return std::nullopt;
    return std::move(from.batch);
}

std::uint32_t batch_version(std::string_view bytes) {
    wire::Reader from{bytes};
    for (wire::Field field; from.next(field);)
        if (field.tag == tag(1, Type::varint)) return low(field.number);
    return 0;
}

}  // namespace bus
