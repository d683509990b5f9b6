#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitcoin/target.h"
#include "bus/batch.h"
#include "mining/block_template.h"

/// The share log, one record per batch: what the worker writes and every projection reads. The
/// fields are documented in proto/adit/ledger/v1/ledger.proto.
namespace share_log {

inline constexpr std::uint32_t record_format = 2;

/// A header hash; none for a share that could not be hashed.
using ShareHash = std::optional<bitcoin::BlockHash>;

/// What of a template is needed to judge a share whose hash is known.
struct TemplateFacts {
    mining::TemplateRef ref{};
    bitcoin::BlockHash prev_hash{};
    std::uint32_t version{};
    std::uint32_t nbits{};
    std::uint32_t min_ntime{};
    bitcoin::Target network_target{};
    std::uint32_t height{};  ///< 0 where it is not known
    friend bool operator==(const TemplateFacts&, const TemplateFacts&) = default;
};
TemplateFacts facts_of(const mining::BlockTemplate& block_template);

struct Record {
    bus::Batch batch{};
    /// As the miner was told: what the ledger found to be duplicates reads so.
    bus::Result result{};
    /// One for each share.
    std::vector<ShareHash> hashes{};
    /// Of the batch's jobs, as far as the worker knew them.
    std::vector<TemplateFacts> templates{};
    bus::WorkerId worker{};

    /// Null when the worker did not know it.
    const TemplateFacts* find(mining::TemplateRef ref) const;
};

/// Field `r`. `batch` is what the gateway sent, and `result` is as it was before the ledger looked
/// for duplicates.
std::string encode_record(std::string_view batch, const bus::Result& result,
                          std::span<const ShareHash> hashes,
                          std::span<const TemplateFacts> templates, bus::WorkerId worker);

/// From the fields `r` and `d`. Nothing for a format that we do not know, or lists that do not
/// have one entry for each share.
std::optional<Record> decode_record(std::string_view r, std::string_view d);

/// Turns the verdicts of shares that the ledger had credited before.
void apply_duplicates(bus::Result& result, const std::vector<bool>& duplicates);

}  // namespace share_log
