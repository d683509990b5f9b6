#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bus/batch.h"

namespace bus {

/// One ZeroMQ frame, as in proto/adit/bus/v1/bus.proto. A decoded batch has only places that
/// exist, targets of 32 bytes and extranonces of at most 32; nothing for anything else.
std::string encode(const ToGateway& message);
std::string encode(const Hello& message);
std::string encode(const Batch& message);
std::string encode(const Scan& message);
std::optional<ToGateway> decode_to_gateway(std::string_view frame);

/// What a worker receives; for a batch also the bytes of the batch itself, as the share log keeps
/// them.
struct Received {
    ToWorker message{};
    std::string batch_bytes{};
};
std::optional<Received> decode_to_worker(std::string_view frame);

/// A batch alone, as the share log keeps it, also of a version before this one.
std::optional<Batch> decode_batch(std::string_view bytes);

/// A result alone, as the ledger stores it for a replay.
std::string encode_result(const Result& result);
std::optional<Result> decode_result(std::string_view bytes);

/// Verdict.Code, as the share log packs it.
std::uint8_t verdict_code(const Verdict& verdict);

}  // namespace bus
