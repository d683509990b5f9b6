#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "share_export/section.h"
#include "share_export/share_row.h"

namespace share_export {

/// Entries that no export will ever have: known, and said.
struct GapRecord {
    std::uint32_t partition{};
    EntryId after{};   ///< the last entry before it that was delivered
    EntryId before{};  ///< the first one behind it
    std::uint64_t bytes_missing{};
    /// Redis went back to an older state: what was delivered up to `after` may not be in the ledger
    /// any more, and how much is missing nobody can say.
    bool is_rollback{};
    base::UnixMicros noticed_at{};
    friend bool operator==(const GapRecord&, const GapRecord&) = default;
};

/// One entry of the log, to be delivered whole.
struct Piece {
    std::uint32_t partition{};
    EntryId entry{};
    share_log::Position after{};
    std::vector<ShareRow> rows{};
};

/// What is delivered at once: all of it, or nothing.
struct Delivery {
    /// Of each partition in the order of its log.
    std::vector<Piece> pieces{};
    std::vector<GapRecord> gaps{};
    /// Behind all of it, of the partitions that it moves.
    Places places{};
    /// The first entry of partitions that the sink has never had anything of.
    Places starts{};
    std::size_t shares = 0;
};

/// Where shares are delivered to. What it has is durable and knows its own place in the log, so
/// that whoever opens it goes on exactly there. Called by one loop, one call at a time.
class Sink {
  public:
    using Opened = base::Result<Places, std::string>;
    /// `failure`: why it may not have all of it, for an operator; then it is to be opened again.
    using Written = std::function<void(std::optional<std::string> failure)>;

    virtual ~Sink() = default;
    /// Finds out up to where it has the log, durably. Also after a failure.
    virtual void open(std::function<void(Opened)> done) = 0;
    /// All of it is durable when `done` says nothing.
    virtual void write(Delivery delivery, Written done) = 0;

  protected:
    Sink() = default;
    Sink(const Sink&) = default;
    Sink& operator=(const Sink&) = default;
};

}  // namespace share_export
