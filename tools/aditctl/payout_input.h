#pragma once

#include <string>
#include <vector>

#include "payout/pplns.h"
#include "payout/share_book.h"
#include "share_export/share_row.h"

namespace aditctl {

/// A block that the pool found, and what became of it: "confirmed", "orphaned", as `aditctl blocks`
/// says it.
struct KnownBlock {
    payout::Block block{};
    std::string state{};
    std::string finder{};

    /// A node has it and the chain has not lost it.
    bool is_paid() const;
    /// As deep in the chain as the pool asks.
    bool is_mature() const { return state == "confirmed"; }
};

/// What of a share counts for pay-outs.
void add_row(payout::ShareBook& book, const share_export::ShareRow& row);

/// Reads what the share log was exported to: files of JSON Lines or CSV, with zstd where their name
/// ends so, "-" for standard input, or the folder of an archive. Gives the lines that were read.
/// Errors: throws std::runtime_error, which names the file and the line.
std::size_t read_shares(const std::vector<std::string>& inputs, payout::ShareBook& book);

/// Reads the lines of `aditctl direct blocks --output json`. Errors: throws std::runtime_error.
std::vector<KnownBlock> read_blocks(const std::string& file);

}  // namespace aditctl
