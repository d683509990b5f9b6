#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bitcoin/difficulty.h"
#include "bitcoin/target.h"
#include "mining/share.h"
#include "share_export/entry_id.h"
#include "share_log/record.h"

namespace share_export {

/// One share with all that the log says of it and of its job, by itself: a line of a file, a row of
/// a table. `partition`, `entry` and `index` name it, the same in every export.
struct ShareRow {
    std::uint32_t partition{};
    EntryId entry{};
    std::uint32_t index{};  ///< its place in the batch, from 0
    base::UnixMicros received_at{};
    std::uint64_t gateway_epoch{};
    std::uint64_t batch_sequence{};
    std::uint64_t judged_by{};  ///< the channel-manager
    mining::ChannelKey channel{};
    mining::ChannelKind channel_kind{};
    std::string user_identity{};
    std::string identity{};
    std::string worker{};
    std::uint32_t sequence_number{};
    std::uint32_t job_id{};
    mining::JobState job_state{};
    mining::TemplateRef template_ref{};
    std::optional<mining::CustomJobId> custom_job{};
    mining::Variant variant{};
    mining::OutputsId outputs_id{};
    std::optional<mining::ShareError> reason{};  ///< none: accepted
    bitcoin::Difficulty difficulty{};            ///< as credited; zero for a rejected share
    share_log::ShareHash share_hash{};
    bool solves_block{};
    bitcoin::Target target{};
    std::optional<bitcoin::Target> eased_target{};
    // What is known of the template, if the worker knew it.
    std::optional<std::uint32_t> height{};
    std::optional<std::uint32_t> nbits{};
    std::optional<bitcoin::Target> network_target{};
    std::optional<bitcoin::BlockHash> prev_hash{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    mining::Extranonce extranonce_prefix{};
    mining::Extranonce extranonce{};

    bool is_accepted() const { return !reason; }
    /// By Redis' clock.
    base::UnixMicros committed_at() const;
    friend bool operator==(const ShareRow&, const ShareRow&) = default;
};

/// The shares of one entry, in their order.
std::vector<ShareRow> rows_of(std::uint32_t partition, EntryId entry,
                              const share_log::Record& record);

/// UTF-8 without NUL: miners choose names, and databases and JSON take no other. What is neither
/// becomes U+FFFD.
std::string to_valid_text(std::string_view bytes);

}  // namespace share_export
