#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bus/batch.h"

/// The two messages that are as large as there are shares. Private to the codec.
namespace bus {

/// Appends it as this field of an envelope.
void append_batch(std::uint32_t field, const Batch& batch, std::string& to);
std::optional<Batch> batch_from(std::string_view bytes);
void append_scan(std::uint32_t field, const Scan& scan, std::string& to);
/// Nothing for shares of another version than ours.
std::optional<Scan> scan_from(std::string_view bytes);
/// The version that the batch says it is of; 0 where it says nothing.
std::uint32_t batch_version(std::string_view bytes);

void append_result(std::uint32_t field, const Result& result, std::string& to);

}  // namespace bus
