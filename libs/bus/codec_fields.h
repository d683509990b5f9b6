#pragma once

#include <optional>

#include "adit/bus/v1/bus.pb.h"
#include "bus/batch.h"

/// The two large messages, field by field. Private to the codec.
namespace bus {

void batch_to_proto(const Batch& batch, adit::bus::v1::Batch& to);
std::optional<Batch> batch_from_proto(const adit::bus::v1::Batch& from);

void result_to_proto(const Result& result, adit::bus::v1::Result& to);
std::optional<Result> result_from_proto(const adit::bus::v1::Result& from);

}  // namespace bus
