#pragma once

#include <chrono>
#include <string>

#include "base/random.h"
#include "mining/records_testing.h"
#include "share_export/sink.h"

namespace share_export {

/// A row with something in every field, of random numbers.
inline ShareRow random_row(base::Random& random) {
    const auto below = [&random](std::uint64_t bound) { return random.next_u64() % bound; };
    const auto number = [&random] {
        bitcoin::Uint256 value;
        for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(random.next_u64());
        return value;
    };
    const char* names[] = {"alice", "bob.rig,1", "say \"hello\"", "{\"a\":1}",
                           "\\N",   "tab\there", "üñí",           "=cmd()"};
    ShareRow row;
    row.partition = static_cast<std::uint32_t>(below(16));
    row.entry = {1'764'100'000'000 + below(1'000'000), below(3)};
    row.index = static_cast<std::uint32_t>(below(256));
    row.received_at = base::UnixMicros{std::chrono::microseconds{
        1'764'100'000'000'000 + static_cast<std::int64_t>(below(1'000'000'000))}};
    row.gateway_epoch = below(mining::epoch_max);
    row.batch_sequence = below(1'000'000);
    row.judged_by = random.next_u64();
    row.channel = mining::ChannelKey{random.next_u64()};
    row.channel_kind =
        below(2) == 0 ? mining::ChannelKind::standard : mining::ChannelKind::extended;
    row.user_identity = names[below(8)];
    row.identity = names[below(8)];
    row.worker = below(2) == 0 ? "" : names[below(8)];
    row.sequence_number = static_cast<std::uint32_t>(random.next_u64());
    row.job_id = static_cast<std::uint32_t>(random.next_u64());
    row.job_state = static_cast<mining::JobState>(below(4));
    row.template_ref = mining::TemplateRef{random.next_u64()};
    if (below(2) == 0) row.custom_job = mining::CustomJobId{random.next_u64()};
    row.variant = mining::Variant{static_cast<std::uint16_t>(below(65536))};
    row.outputs_id = mining::OutputsId{random.next_u64()};
    if (below(3) == 0) {
        row.reason = mining::share_errors[below(mining::share_errors.size())];
    } else {
        row.difficulty = bitcoin::Difficulty{random.next_u64()};
    }
    if (below(4) > 0) row.share_hash = bitcoin::BlockHash{number()};
    row.solves_block = below(2) == 0;
    row.target = bitcoin::Target{number()};
    if (below(2) == 0) row.eased_target = bitcoin::Target{number()};
    if (below(4) > 0) {
        row.height = static_cast<std::uint32_t>(below(1'000'000) + 1);
        row.nbits = static_cast<std::uint32_t>(random.next_u64());
        row.network_target = bitcoin::Target{number()};
        row.prev_hash = bitcoin::BlockHash{number()};
    }
    row.nonce = static_cast<std::uint32_t>(random.next_u64());
    row.ntime = static_cast<std::uint32_t>(random.next_u64());
    row.version = static_cast<std::uint32_t>(random.next_u64());
    row.extranonce_prefix = mining::extranonce_of_hex("0102030405060708");
    row.extranonce = mining::extranonce_of_hex(below(2) == 0 ? "" : "a1b2c3d4");
    return row;
}

}  // namespace share_export
