#include "gateway/custom_job_check.h"

#include <algorithm>

#include "bitcoin/coinbase.h"
#include "sv2/error_codes.h"

namespace gateway {
namespace {

namespace code = sv2::error_code;

// Two nodes say when a block became their tip, by clocks that differ.
constexpr std::uint32_t clocks_apart_max = 120;

// A block has room for some 2^16 transactions.
constexpr std::size_t merkle_path_max = 32;

// From this number on a locktime is a time and no height.
constexpr std::uint32_t locktime_is_time = 500'000'000;
constexpr std::uint32_t sequence_final = 0xffffffff;

constexpr std::uint64_t money_max = 21'000'000ULL * 100'000'000ULL;

/// BIP 9 signals, or at least version 4 (BIP 65).
bool is_version(std::uint32_t version) {
    return (version & 0xe0000000U) == 0x20000000U || (version >= 4 && version < 0x20000000U);
}

bool is_final(const mining::CustomJob& job, const mining::ChainTip& tip) {
    const auto bound = job.coinbase_tx_locktime < locktime_is_time ? tip.height : tip.min_ntime;
    return job.coinbase_tx_locktime < bound || job.coinbase_tx_locktime == 0 ||
           job.coinbase_tx_input_sequence == sequence_final;
}

bool begins_with(base::ByteView bytes, base::ByteView begin) {
    return bytes.size() >= begin.size() && std::equal(begin.begin(), begin.end(), bytes.begin());
}

/// The floor of value * basis points / 10,000.
std::uint64_t part_of(std::uint64_t value_sat, std::uint32_t basis_points) {
    return value_sat / mining::basis_points_whole * basis_points +
           value_sat % mining::basis_points_whole * basis_points / mining::basis_points_whole;
}

/// Each script of `wanted` gets its part of all that is paid; a script that is wanted twice gets
/// both.
bool pays(const std::vector<bitcoin::TxOutput>& outputs, const mining::PayoutOutputs& wanted,
          std::uint64_t total_sat) {
    return std::ranges::all_of(wanted.outputs, [&](const mining::PayoutOutput& one) {
        std::uint64_t due_sat = 0;
        for (const auto& other : wanted.outputs)
            if (other.script == one.script) due_sat += part_of(total_sat, other.basis_points);
        std::uint64_t paid_sat = 0;
        for (const auto& output : outputs)
            if (output.script == one.script) paid_sat += output.value_sat;
        return paid_sat >= due_sat && paid_sat > 0;
    });
}

}  // namespace

std::optional<std::string_view> LocalCustomJobs::refusal(std::string_view /*token*/,
                                                         const mining::CustomJob& job,
                                                         const CustomJobContext& context) const {
    const auto& tip = context.current.tip;
    if (job.prev_hash != tip.prev_hash) return code::stale_chain_tip;
    if (job.nbits != tip.nbits) return code::invalid_nbits;
    if (std::uint64_t{job.min_ntime} + clocks_apart_max < tip.min_ntime)
        return code::invalid_min_ntime;
    if (!is_version(job.version)) return code::invalid_version;
    if (job.coinbase_tx_version != 1 && job.coinbase_tx_version != 2)
        return code::invalid_coinbase_tx_version;
    if (!begins_with(job.coinbase_prefix, bitcoin::height_push(tip.height)) ||
        job.coinbase_prefix.size() + context.full_extranonce_size >
            bitcoin::coinbase_script_size_max)
        return code::invalid_coinbase_prefix;
    if (!is_final(job, tip)) return code::invalid_coinbase_tx_locktime;
    if (job.merkle_path.size() > merkle_path_max) return code::invalid_merkle_path;

    const auto outputs = mining::outputs_of(job);
    if (!outputs) return code::invalid_coinbase_tx_outputs;
    std::uint64_t total_sat = 0;
    for (const auto& output : *outputs) {
        if (output.value_sat > money_max - total_sat) return code::invalid_coinbase_tx_outputs;
        total_sat += output.value_sat;
    }
    if (total_sat < part_of(context.current.coinbase_tx_value_remaining, value_min_basis_points_) ||
        !pays(*outputs, context.outputs, total_sat))
        return code::invalid_coinbase_tx_outputs;
    return std::nullopt;
}

}  // namespace gateway
