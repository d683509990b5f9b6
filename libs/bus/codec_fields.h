#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bus/batch.h"

/// The parts of batches and results that are rare, by the generated types. Private to the codec.
namespace bus {

std::string encode_field(const mining::PayoutOutputs& outputs);
std::string encode_field(const mining::CustomJob& job);
std::string encode_field(const Event& event);
std::string encode_field(const OpenOutcome& open);
std::string encode_field(const OutputsChange& change);

std::optional<mining::PayoutOutputs> decode_outputs(std::string_view bytes);
/// Nothing when it is not the job that its id stands for.
std::optional<mining::CustomJob> decode_custom_job(std::string_view bytes);
std::optional<Event> decode_event(std::string_view bytes);
std::optional<OpenOutcome> decode_open(std::string_view bytes);
std::optional<OutputsChange> decode_outputs_change(std::string_view bytes);

}  // namespace bus
