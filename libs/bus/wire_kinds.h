#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "mining/share.h"

/// The enums of bus.proto as they travel. Private to the codec.
namespace bus::wire {

constexpr std::uint32_t number_of(mining::ChannelKind kind) {
    return kind == mining::ChannelKind::standard ? 1 : 2;
}
constexpr std::optional<mining::ChannelKind> channel_kind(std::uint64_t number) {
    switch (number) {
        case 1: return mining::ChannelKind::standard;
        case 2: return mining::ChannelKind::extended;
        default: return std::nullopt;
    }
}

constexpr std::uint32_t number_of(mining::JobState state) {
    switch (state) {
        case mining::JobState::active: return 1;
        case mining::JobState::past: return 2;
        case mining::JobState::stale: return 3;
        case mining::JobState::closed: return 4;
    }
    return 0;
}
constexpr std::optional<mining::JobState> job_state(std::uint64_t number) {
    switch (number) {
        case 1: return mining::JobState::active;
        case 2: return mining::JobState::past;
        case 3: return mining::JobState::stale;
        case 4: return mining::JobState::closed;
        default: return std::nullopt;
    }
}

/// Verdict.Code; `invalid_channel_id` never reaches a worker.
constexpr std::uint32_t number_of(const std::optional<mining::ShareError>& error) {
    if (!error) return 0;
    switch (*error) {
        case mining::ShareError::stale_share: return 1;
        case mining::ShareError::invalid_channel_id:
        case mining::ShareError::invalid_job_id: return 2;
        case mining::ShareError::bad_extranonce_size: return 3;
        case mining::ShareError::invalid_share: return 4;
        case mining::ShareError::version_rolling_not_allowed: return 5;
        case mining::ShareError::invalid_non_rollable_version_bit: return 6;
        case mining::ShareError::difficulty_too_low: return 7;
        case mining::ShareError::duplicate_share: return 8;
    }
    return 4;
}
/// False for a code that is not known.
constexpr bool share_error(std::uint64_t number, std::optional<mining::ShareError>& error) {
    using mining::ShareError;
    constexpr std::array errors{ShareError::stale_share,
                                ShareError::invalid_job_id,
                                ShareError::bad_extranonce_size,
                                ShareError::invalid_share,
                                ShareError::version_rolling_not_allowed,
                                ShareError::invalid_non_rollable_version_bit,
                                ShareError::difficulty_too_low,
                                ShareError::duplicate_share};
    if (number > errors.size()) return false;
    if (number == 0)
        error.reset();
    else
        error = errors[number - 1];
    return true;
}

}  // namespace bus::wire
