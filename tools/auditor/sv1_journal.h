#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/target.h"
#include "mining/ids.h"

namespace auditor {

/// A job of the ledger, as its coinbase names it.
struct LedgerJob {
    mining::ChannelKey channel{};
    mining::TemplateRef template_ref{};
    mining::Variant variant{};
    friend auto operator<=>(const LedgerJob&, const LedgerJob&) = default;
};

/// From the beginning of a coinbase without witness, up to the channel's key at least: the last
/// push of its scriptSig begins with these three (mining::derive_coinbase). Nothing for a coinbase
/// that is not this pool's.
std::optional<LedgerJob> ledger_job_of(base::ByteView coinbase_begin);

/// A share as an SV1 miner sent it to a translator, and what it was answered.
struct Sv1Share {
    enum class Answer : std::uint8_t { none, accepted, rejected };
    std::uint64_t request_id = 0;
    bitcoin::BlockHash hash{};
    bitcoin::Target target{};  ///< of the difficulty that the miner was told
    std::optional<LedgerJob> job{};
    std::int64_t sent_us = 0;  ///< unix time
    std::int64_t answered_us = 0;
    Answer answer{};
    /// Whoever saw both sides of the translator knows that it may have answered alone.
    bool was_answered_alone = false;
};

struct Sv1Connection {
    /// For the reader of a violation: "miner.journal run 1 connection 2".
    std::string name{};
    /// It goes on with the search space of the connection before.
    bool is_resumed = false;
    std::vector<Sv1Share> shares{};
};

}  // namespace auditor
