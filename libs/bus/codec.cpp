#include "bus/codec.h"

#include <utility>

#include "adit/bus/v1/bus.pb.h"
#include "bus/codec_batch.h"
#include "bus/wire.h"

namespace bus {
namespace {

namespace pb = adit::bus::v1;
using wire::tag;

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
        case pb::ToGateway::kResult: {
            auto result = decode_result(in.result().SerializeAsString());
            if (!result) return std::nullopt;
            return std::move(*result);
        }
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
    if (const auto* result = std::get_if<Result>(&message)) {
        std::string frame;
        append_result(pb::ToGateway::kResultFieldNumber, *result, frame);
        return frame;
    }
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
                   [](const Result&) {},
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
    std::string frame;
    append_batch(pb::ToWorker::kBatchFieldNumber, batch, frame);
    return frame;
}

std::string encode(const Scan& scan) {
    std::string frame;
    append_scan(pb::ToWorker::kScanFieldNumber, scan, frame);
    return frame;
}

std::optional<ToGateway> decode_to_gateway(std::string_view frame) {
    wire::Reader fields{frame};
    if (wire::Field field; fields.next(field) &&
                           field.tag == tag(pb::ToGateway::kResultFieldNumber, wire::Type::bytes) &&
                           fields.is_at_end()) {
        auto result = decode_result(field.bytes);
        if (!result) return std::nullopt;
        return std::move(*result);
    }
    pb::ToGateway in;
    if (!parse(in, frame)) return std::nullopt;
    return from_proto(in);
}

std::optional<Received> decode_to_worker(std::string_view frame) {
    wire::Reader fields{frame};
    wire::Field field;
    // One envelope, one message.
    if (!fields.next(field) || !fields.is_at_end()) return std::nullopt;
    switch (field.tag) {
        case tag(pb::ToWorker::kHelloFieldNumber, wire::Type::bytes): {
            pb::Hello in;
            if (!parse(in, field.bytes)) return std::nullopt;
            return Received{Hello{{in.gateway_epoch()}, in.refusal()}, {}};
        }
        case tag(pb::ToWorker::kBatchFieldNumber, wire::Type::bytes): {
            if (batch_version(field.bytes) != bus_version) return std::nullopt;
            auto batch = batch_from(field.bytes);
            if (!batch) return std::nullopt;
            return Received{std::move(*batch), std::string{field.bytes}};
        }
        case tag(pb::ToWorker::kScanFieldNumber, wire::Type::bytes): {
            auto scan = scan_from(field.bytes);
            if (!scan) return std::nullopt;
            return Received{std::move(*scan), {}};
        }
        default: return std::nullopt;
    }
}

std::optional<Batch> decode_batch(std::string_view bytes) {
    return batch_from(bytes);
}

}  // namespace bus
