#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitcoin/target.h"
#include "bus/batch.h"

/// The share log, one record per batch: what the worker writes and every projection reads. The
/// fields are documented in proto/adit/ledger/v1/ledger.proto.
namespace share_log {

inline constexpr std::uint32_t record_format = 1;

/// A header hash; none for a share that could not be hashed.
using ShareHash = std::optional<bitcoin::BlockHash>;

struct Record {
    bus::Batch batch{};
    /// As the miner was told: what the ledger found to be duplicates reads so.
    bus::Result result{};
    /// One for each share.
    std::vector<ShareHash> hashes{};
    bus::WorkerId worker{};
};

/// Field `r`. `batch` is what the gateway sent and `result` an encoded bus::Result, before the
/// ledger looked for duplicates.
std::string encode_record(std::string_view batch, std::string_view result,
                          std::span<const ShareHash> hashes, bus::WorkerId worker);

/// From the fields `r` and `d`. Nothing for a format that we do not know, or lists that do not
/// have one entry for each share.
std::optional<Record> decode_record(std::string_view r, std::string_view d);

/// Turns the verdicts of shares that the ledger had credited before.
void apply_duplicates(bus::Result& result, const std::vector<bool>& duplicates);

}  // namespace share_log
