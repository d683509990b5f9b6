#include "bus/codec.h"

#include <utility>

#include "adit/bus/v1/bus.pb.h"
#include "bus/codec_fields.h"

namespace bus {
namespace {

namespace pb = adit::bus::v1;

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

pb::Waiting::For to_proto(WaitsFor waits_for) {
    switch (waits_for) {
        case WaitsFor::ledger: return pb::Waiting::FOR_LEDGER;
        case WaitsFor::templates: return pb::Waiting::FOR_TEMPLATE;
        case WaitsFor::solution: return pb::Waiting::FOR_SOLUTION;
    }
    return pb::Waiting::FOR_UNSPECIFIED;
}

std::optional<WaitsFor> from_proto(pb::Waiting::For waits_for) {
    switch (waits_for) {
        case pb::Waiting::FOR_LEDGER: return WaitsFor::ledger;
        case pb::Waiting::FOR_TEMPLATE: return WaitsFor::templates;
        case pb::Waiting::FOR_SOLUTION: return WaitsFor::solution;
        default: return std::nullopt;
    }
}

std::optional<ToGateway> from_proto(const pb::ToGateway& in) {
    switch (in.message_case()) {
        case pb::ToGateway::kReady: {
            const auto& ready = in.ready();
            return Ready{.worker = {ready.worker_id()},
                         .version = ready.bus_version(),
                         .derivation_versions = {ready.derivation_versions().begin(),
                                                 ready.derivation_versions().end()},
                         .partitions = ready.partitions(),
                         .duplicate_key_fingerprint = ready.duplicate_key_fingerprint(),
                         .credits = ready.credits()};
        }
        case pb::ToGateway::kGoodbye: return Goodbye{{in.goodbye().worker_id()}};
        case pb::ToGateway::kWaiting: {
            const auto& waiting = in.waiting();
            const auto waits_for = from_proto(waiting.waits_for());
            if (!waits_for) return std::nullopt;
            return Waiting{
                {waiting.epoch()}, {waiting.partition()}, waiting.sequence(), *waits_for};
        }
        case pb::ToGateway::kResult: return result_from_proto(in.result());
        case pb::ToGateway::kRefused: {
            const auto& refused = in.refused();
            return Refused{
                {refused.epoch()}, {refused.partition()}, refused.sequence(), refused.reason()};
        }
        case pb::ToGateway::kScanWaiting: {
            const auto& waiting = in.scan_waiting();
            const auto waits_for = from_proto(waiting.waits_for());
            if (!waits_for) return std::nullopt;
            return ScanWaiting{{waiting.epoch()}, waiting.number(), *waits_for};
        }
        case pb::ToGateway::kScanned:
            return Scanned{{in.scanned().epoch()}, in.scanned().number(), in.scanned().blocks()};
        case pb::ToGateway::MESSAGE_NOT_SET: return std::nullopt;
    }
    return std::nullopt;
}

bool parse(google::protobuf::MessageLite& into, std::string_view bytes) {
    return into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string encode(const ToGateway& message) {
    pb::ToGateway out;
    std::visit(Overloaded{
                   [&](const Ready& ready) {
                       auto& to = *out.mutable_ready();
                       to.set_worker_id(ready.worker.value);
                       to.set_bus_version(ready.version);
                       for (const auto version : ready.derivation_versions)
                           to.add_derivation_versions(version);
                       to.set_partitions(ready.partitions);
                       to.set_duplicate_key_fingerprint(ready.duplicate_key_fingerprint);
                       to.set_credits(ready.credits);
                   },
                   [&](const Goodbye& goodbye) {
                       out.mutable_goodbye()->set_worker_id(goodbye.worker.value);
                   },
                   [&](const Waiting& waiting) {
                       auto& to = *out.mutable_waiting();
                       to.set_epoch(waiting.epoch.value);
                       to.set_partition(waiting.partition.value);
                       to.set_sequence(waiting.sequence);
                       to.set_waits_for(to_proto(waiting.waits_for));
                   },
                   [&](const Result& result) { result_to_proto(result, *out.mutable_result()); },
                   [&](const Refused& refused) {
                       auto& to = *out.mutable_refused();
                       to.set_epoch(refused.epoch.value);
                       to.set_partition(refused.partition.value);
                       to.set_sequence(refused.sequence);
                       to.set_reason(refused.reason);
                   },
                   [&](const ScanWaiting& waiting) {
                       auto& to = *out.mutable_scan_waiting();
                       to.set_epoch(waiting.epoch.value);
                       to.set_number(waiting.number);
                       to.set_waits_for(to_proto(waiting.waits_for));
                   },
                   [&](const Scanned& scanned) {
                       auto& to = *out.mutable_scanned();
                       to.set_epoch(scanned.epoch.value);
                       to.set_number(scanned.number);
                       to.set_blocks(scanned.blocks);
                   },
               },
               message);
    return out.SerializeAsString();
}

std::string encode(const Hello& hello) {
    pb::ToWorker out;
    out.mutable_hello()->set_gateway_epoch(hello.epoch.value);
    out.mutable_hello()->set_refusal(hello.refusal);
    return out.SerializeAsString();
}

std::string encode(const Batch& batch) {
    pb::ToWorker out;
    batch_to_proto(batch, *out.mutable_batch());
    return out.SerializeAsString();
}

std::string encode(const Scan& scan) {
    pb::ToWorker out;
    out.mutable_scan()->set_number(scan.number);
    batch_to_proto(scan.shares, *out.mutable_scan()->mutable_shares());
    return out.SerializeAsString();
}

std::optional<ToGateway> decode_to_gateway(std::string_view frame) {
    pb::ToGateway in;
    if (!parse(in, frame)) return std::nullopt;
    return from_proto(in);
}

std::optional<Received> decode_to_worker(std::string_view frame) {
    pb::ToWorker in;
    if (!parse(in, frame)) return std::nullopt;
    if (in.has_hello())
        return Received{Hello{{in.hello().gateway_epoch()}, in.hello().refusal()}, {}};
    const bool is_scan = in.has_scan();
    if (!is_scan && !in.has_batch()) return std::nullopt;
    const auto& records = is_scan ? in.scan().shares() : in.batch();
    if (records.bus_version() != bus_version) return std::nullopt;
    auto batch = batch_from_proto(records);
    if (!batch) return std::nullopt;
    if (is_scan) return Received{Scan{in.scan().number(), std::move(*batch)}, {}};
    return Received{std::move(*batch), in.batch().SerializeAsString()};
}

std::optional<Batch> decode_batch(std::string_view bytes) {
    pb::Batch in;
    if (!parse(in, bytes)) return std::nullopt;
    return batch_from_proto(in);
}

std::string encode_result(const Result& result) {
    pb::Result out;
    result_to_proto(result, out);
    return out.SerializeAsString();
}

std::optional<Result> decode_result(std::string_view bytes) {
    pb::Result in;
    if (!parse(in, bytes)) return std::nullopt;
    return result_from_proto(in);
}

}  // namespace bus
