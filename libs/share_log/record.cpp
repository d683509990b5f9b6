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

std::optional<ShareHash> read_hash(const std::string& bytes) {
    if (bytes.empty()) return ShareHash{};
    if (bytes.size() != 32) return std::nullopt;
    return ShareHash{
        bitcoin::BlockHash{bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<32>())}};
}

}  // namespace

std::string encode_record(std::string_view batch, std::string_view result,
                          std::span<const ShareHash> hashes, bus::WorkerId worker) {
    bus_pb::Result judged;
    if (!judged.ParseFromArray(result.data(), static_cast<int>(result.size()))) return {};
    pb::BatchRecord record;
    record.set_format(record_format);
    record.set_batch(batch.data(), batch.size());
    record.set_worker_id(worker.value);
    record.mutable_outcomes()->Reserve(judged.verdicts_size());
    for (int i = 0; i < judged.verdicts_size(); ++i) {
        auto& outcome = *record.add_outcomes();
        outcome.mutable_verdict()->Swap(judged.mutable_verdicts(i));
        const auto place = static_cast<std::size_t>(i);
        if (place < hashes.size() && hashes[place])
            outcome.set_hash(base::to_string(hashes[place]->value.as_bytes()));
    }
    record.mutable_opens()->Swap(judged.mutable_opens());
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
    for (auto& outcome : *from.mutable_outcomes()) {
        result.add_verdicts()->Swap(outcome.mutable_verdict());
        auto hash = read_hash(outcome.hash());
        if (!hash) return std::nullopt;
        record.hashes.push_back(*hash);
    }
    result.mutable_opens()->Swap(from.mutable_opens());
    result.set_epoch(record.batch.epoch.value);
    result.set_partition(record.batch.partition.value);
    result.set_sequence(record.batch.sequence);
    auto decoded = bus::decode_result(result.SerializeAsString());
    const auto shares = record.batch.shares.size();
    if (!decoded || decoded->verdicts.size() != shares || d.size() != shares) return std::nullopt;
    record.result = std::move(*decoded);

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
