#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sv2 {

/// Every error and reason code that we emit, as peers see it. The spec lists none since June 2026
/// (Sv2 3.5); these are the ones that it suggested before, those of the Rust reference, and our
/// own. Receivers never branch on a code that they do not know.
namespace error_code {

// SetupConnection.Error
inline constexpr std::string_view unsupported_feature_flags = "unsupported-feature-flags";
inline constexpr std::string_view unsupported_protocol = "unsupported-protocol";
inline constexpr std::string_view protocol_version_mismatch = "protocol-version-mismatch";
inline constexpr std::string_view missing_declare_tx_data_flag = "missing-declare-tx-data-flag";
inline constexpr std::string_view conflicting_feature_flags = "conflicting-feature-flags";

// OpenMiningChannel.Error and UpdateChannel.Error
inline constexpr std::string_view unknown_user = "unknown-user";
inline constexpr std::string_view invalid_user_identity = "invalid-user-identity";
inline constexpr std::string_view invalid_nominal_hashrate = "invalid-nominal-hashrate";
inline constexpr std::string_view max_target_out_of_range = "max-target-out-of-range";
inline constexpr std::string_view min_extranonce_size_too_large = "min-extranonce-size-too-large";
inline constexpr std::string_view unsupported_min_extranonce_size =
    "unsupported-min-extranonce-size";
inline constexpr std::string_view standard_channels_not_supported =
    "standard-channels-not-supported";  // where REQUIRES_EXTENDED_CHANNELS was announced
inline constexpr std::string_view standard_channels_not_supported_for_custom_work =
    "standard-channels-not-supported-for-custom-work";
inline constexpr std::string_view extended_channels_not_supported_for_standard_jobs =
    "extended-channels-not-supported-for-standard-jobs";
inline constexpr std::string_view invalid_channel_id = "invalid-channel-id";

// SubmitShares.Error
inline constexpr std::string_view stale_share = "stale-share";
inline constexpr std::string_view invalid_job_id = "invalid-job-id";
inline constexpr std::string_view bad_extranonce_size = "bad-extranonce-size";
inline constexpr std::string_view invalid_share = "invalid-share";
inline constexpr std::string_view version_rolling_not_allowed = "version-rolling-not-allowed";
inline constexpr std::string_view invalid_non_rollable_version_bit =
    "invalid-non-rollable-version-bit";
inline constexpr std::string_view difficulty_too_low = "difficulty-too-low";
inline constexpr std::string_view duplicate_share = "duplicate-share";

// SetCustomMiningJob.Error and DeclareMiningJob.Error
inline constexpr std::string_view jd_not_supported = "jd-not-supported";
inline constexpr std::string_view invalid_mining_job_token = "invalid-mining-job-token";
inline constexpr std::string_view job_not_yet_validated = "job-not-yet-validated";
inline constexpr std::string_view stale_chain_tip = "stale-chain-tip";
inline constexpr std::string_view invalid_min_ntime = "invalid-min-ntime";
inline constexpr std::string_view invalid_nbits = "invalid-nbits";
inline constexpr std::string_view invalid_version = "invalid-version";
inline constexpr std::string_view invalid_coinbase_tx = "invalid-coinbase-tx";
inline constexpr std::string_view invalid_coinbase_tx_version = "invalid-coinbase-tx-version";
inline constexpr std::string_view invalid_coinbase_prefix = "invalid-coinbase-prefix";
inline constexpr std::string_view invalid_coinbase_tx_input_n_sequence =
    "invalid-coinbase-tx-input-n-sequence";
inline constexpr std::string_view invalid_coinbase_tx_outputs = "invalid-coinbase-tx-outputs";
inline constexpr std::string_view invalid_coinbase_tx_locktime = "invalid-coinbase-tx-locktime";
inline constexpr std::string_view invalid_merkle_path = "invalid-merkle-path";
inline constexpr std::string_view missing_txs = "missing-txs";
inline constexpr std::string_view invalid_coinbase_tx_input = "invalid-coinbase-tx-input";
inline constexpr std::string_view invalid_job = "invalid-job";
inline constexpr std::string_view internal_error = "internal-error";

// RequestTransactionData.Error
inline constexpr std::string_view template_id_not_found = "template-id-not-found";
inline constexpr std::string_view stale_template_id = "stale-template-id";

}  // namespace error_code

/// Which of them each reply may carry: part of the messages' descriptions.
namespace error_codes_of {

using namespace error_code;

inline constexpr std::array setup_connection{
    unsupported_feature_flags, unsupported_protocol, protocol_version_mismatch,
    missing_declare_tx_data_flag, conflicting_feature_flags};
inline constexpr std::array open_mining_channel{unknown_user,
                                                invalid_user_identity,
                                                invalid_nominal_hashrate,
                                                max_target_out_of_range,
                                                min_extranonce_size_too_large,
                                                unsupported_min_extranonce_size,
                                                standard_channels_not_supported,
                                                standard_channels_not_supported_for_custom_work,
                                                extended_channels_not_supported_for_standard_jobs};
inline constexpr std::array update_channel{invalid_channel_id, invalid_nominal_hashrate,
                                           max_target_out_of_range};
inline constexpr std::array submit_shares{invalid_channel_id,
                                          stale_share,
                                          invalid_job_id,
                                          bad_extranonce_size,
                                          invalid_share,
                                          version_rolling_not_allowed,
                                          invalid_non_rollable_version_bit,
                                          difficulty_too_low,
                                          duplicate_share};
inline constexpr std::array set_custom_mining_job{invalid_channel_id,
                                                  jd_not_supported,
                                                  invalid_mining_job_token,
                                                  job_not_yet_validated,
                                                  stale_chain_tip,
                                                  invalid_min_ntime,
                                                  invalid_nbits,
                                                  invalid_version,
                                                  invalid_coinbase_tx,
                                                  invalid_coinbase_tx_version,
                                                  invalid_coinbase_prefix,
                                                  invalid_coinbase_tx_input_n_sequence,
                                                  invalid_coinbase_tx_outputs,
                                                  invalid_coinbase_tx_locktime,
                                                  invalid_merkle_path};
inline constexpr std::array declare_mining_job{
    invalid_mining_job_token, missing_txs, invalid_coinbase_tx, invalid_coinbase_tx_input,
    stale_chain_tip,          invalid_job, internal_error};
inline constexpr std::array request_transaction_data{template_id_not_found, stale_template_id};

}  // namespace error_codes_of

/// What we allow ourselves in an error or reason code: printable ASCII, at most 255 bytes. The
/// spec forbids control characters and recommends the rest (Sv2 3.5).
constexpr bool is_well_formed_code(std::string_view code) {
    return !code.empty() && code.size() <= 255 &&
           std::all_of(code.begin(), code.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace sv2
