#include "share_log/record.h"

#include <algorithm>
#include <utility>

#include "adit/ledger/v1/ledger.pb.h"
#include "base/bytes.h"
#include "bus/codec.h"

namespace share_log {
namespace {

namespace bus_pb = adit::bus::v1;
namespace pb = adit::ledger::v1;

constexpr unsigned code_mask = 0x3f;
constexpr unsigned has_no_hash = 0x40;
constexpr unsigned solves_block = 0x80;
constexpr std::size_t hash_size = 32;

std::optional<bitcoin::Uint256> read_uint256(std::string_view bytes) {
    if (bytes.size() != hash_size) return std::nullopt;
    return bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<hash_size>());
}

void encode_facts(const TemplateFacts& facts, pb::TemplateFacts& to) {
    to.set_ref(facts.ref.value);
    to.set_prev_hash(base::to_string(facts.prev_hash.value.as_bytes()));
    to.set_version(facts.version);
    to.set_nbits(facts.nbits);
    to.set_min_ntime(facts.min_ntime);
    to.set_height(facts.height);
    if (bitcoin::expand_nbits(facts.nbits) != facts.network_target)
        to.set_network_target(base::to_string(facts.network_target.value.as_bytes()));
}

std::optional<TemplateFacts> decode_facts(const pb::TemplateFacts& from) {
    TemplateFacts facts;
    facts.ref = mining::TemplateRef{from.ref()};
    const auto prev_hash = read_uint256(from.prev_hash());
    if (!prev_hash) return std::nullopt;
    facts.prev_hash = bitcoin::BlockHash{*prev_hash};
    facts.version = from.version();
    facts.nbits = from.nbits();
    facts.min_ntime = from.min_ntime();
    facts.height = from.height();
    if (from.network_target().empty()) {
        const auto target = bitcoin::expand_nbits(from.nbits());
        if (!target) return std::nullopt;
        facts.network_target = *target;
    } else {
        const auto target = read_uint256(from.network_target());
        if (!target) return std::nullopt;
        facts.network_target = bitcoin::Target{*target};
    }
    return facts;
}

/// What a result has beside verdicts, which is mostly nothing.
void encode_rest(const bus::Result& result, pb::BatchRecord& to) {
    if (result.opens.empty() && result.outputs_changes.empty()) return;
    const auto rest =
        bus::encode_result({.opens = result.opens, .outputs_changes = result.outputs_changes});
    bus_pb::Result parsed;
    if (!parsed.ParseFromArray(rest.data(), static_cast<int>(rest.size()))) return;
    to.mutable_opens()->Swap(parsed.mutable_opens());
    to.mutable_outputs_changes()->Swap(parsed.mutable_outputs_changes());
}

/// The verdicts as they were packed, and the hashes. False when the lists do not fit each other.
bool unpack_shares(const pb::BatchRecord& from, bus_pb::Result& result,
                   std::vector<ShareHash>& hashes) {
    std::string_view left = from.hashes();
    int accepted = 0;
    for (const char byte : from.codes()) {
        const auto packed = static_cast<unsigned char>(byte);
        auto& verdict = *result.add_verdicts();
        verdict.set_code(static_cast<bus_pb::Verdict::Code>(packed & code_mask));
        verdict.set_solves_block((packed & solves_block) != 0);
        if (verdict.code() == bus_pb::Verdict::CODE_ACCEPTED) {
            if (accepted == from.difficulties_q32_size()) return false;
            verdict.set_difficulty_q32(from.difficulties_q32(accepted++));
        }
        if ((packed & has_no_hash) != 0) {
            hashes.emplace_back();
            continue;
        }
        const auto hash = read_uint256(left.substr(0, hash_size));
        if (!hash) return false;
        hashes.emplace_back(bitcoin::BlockHash{*hash});
        left.remove_prefix(hash_size);
    }
    return left.empty() && accepted == from.difficulties_q32_size();
}

}  // namespace

TemplateFacts facts_of(const mining::BlockTemplate& block_template) {
    const auto& tip = block_template.tip;
    return {block_template.ref, tip.prev_hash, block_template.version, tip.nbits, tip.min_ntime,
            tip.network_target, tip.height};
}

const TemplateFacts* Record::find(mining::TemplateRef ref) const {
    for (const auto& facts : templates)
        if (facts.ref == ref) return &facts;
    return nullptr;
}

std::string encode_record(std::string_view batch, const bus::Result& result,
                          std::span<const ShareHash> hashes,
                          std::span<const TemplateFacts> templates, bus::WorkerId worker) {
    pb::BatchRecord record;
    record.set_format(record_format);
    record.set_batch(batch.data(), batch.size());
    record.set_worker_id(worker.value);
    auto& codes = *record.mutable_codes();
    auto& packed_hashes = *record.mutable_hashes();
    auto& difficulties = *record.mutable_difficulties_q32();
    codes.reserve(result.verdicts.size());
    packed_hashes.reserve(hash_size * hashes.size());
    difficulties.Reserve(static_cast<int>(result.verdicts.size()));
    for (std::size_t place = 0; place < result.verdicts.size(); ++place) {
        const auto& verdict = result.verdicts[place];
        unsigned packed = bus::verdict_code(verdict);
        if (verdict.solves_block) packed |= solves_block;
        if (!verdict.error) difficulties.AddAlreadyReserved(verdict.difficulty.q32);
        if (place < hashes.size() && hashes[place])
            packed_hashes += base::as_string_view(hashes[place]->value.as_bytes());
        else
            packed |= has_no_hash;
        codes.push_back(static_cast<char>(packed));
    }
    encode_rest(result, record);
    for (const auto& facts : templates) encode_facts(facts, *record.add_templates());
    return record.SerializeAsString();
}

std::optional<Record> decode_record(std::string_view r, std::string_view d) {
    pb::BatchRecord from;
    if (!from.ParseFromArray(r.data(), static_cast<int>(r.size()))) return std::nullopt;
    if (from.format() != record_format) return std::nullopt;
    auto batch = bus::decode_batch(from.batch());
    if (!batch) return std::nullopt;
    Record record;
    record.batch = std::move(*batch);
    record.worker = bus::WorkerId{from.worker_id()};

    bus_pb::Result result;
    if (!unpack_shares(from, result, record.hashes)) return std::nullopt;
    result.mutable_opens()->Swap(from.mutable_opens());
    result.mutable_outputs_changes()->Swap(from.mutable_outputs_changes());
    result.set_epoch(record.batch.epoch.value);
    result.set_partition(record.batch.partition.value);
    result.set_sequence(record.batch.sequence);
    auto decoded = bus::decode_result(result.SerializeAsString());
    const auto shares = record.batch.shares.size();
    if (!decoded || decoded->verdicts.size() != shares || d.size() != shares) return std::nullopt;
    record.result = std::move(*decoded);

    for (const auto& facts : from.templates()) {
        auto known = decode_facts(facts);
        if (!known) return std::nullopt;
        record.templates.push_back(*known);
    }

    std::vector<bool> duplicates(d.size());
    std::transform(d.begin(), d.end(), duplicates.begin(), [](char flag) { return flag != '\0'; });
    apply_duplicates(record.result, duplicates);
    return record;
}

void apply_duplicates(bus::Result& result, const std::vector<bool>& duplicates) {
    const auto size = std::min(result.verdicts.size(), duplicates.size());
    for (std::size_t i = 0; i < size; ++i) {
        if (!duplicates[i]) continue;
        result.verdicts[i].error = mining::ShareError::duplicate_share;
        result.verdicts[i].difficulty = {};
    }
}

}  // namespace share_log
