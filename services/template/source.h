#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "bitcoin/network.h"
#include "template/candidate.h"

namespace templates {

/// Which of the nodes, in the order of the configuration.
using NodeIndex = std::size_t;

/// What a node says of itself. What it does not tell is absent: not every protocol has every field.
struct NodeStatus {
    bool is_reachable{};
    std::string why{};       ///< not: the cause, and the cure where there is one
    std::string software{};  ///< in its own words: "/Satoshi:31.0.0/"
    std::optional<bitcoin::Network> network{};
    std::optional<bitcoin::BlockHash> tip{};
    std::optional<std::uint32_t> height{};         ///< of the tip
    std::optional<std::uint32_t> header_height{};  ///< of the best header
    std::optional<std::uint32_t> tip_time{};       ///< nTime of the tip, Unix seconds
    std::optional<std::uint32_t> peers{};
    std::optional<bool> is_initial_download{};
    std::optional<bool> is_pruned{};
    std::optional<std::chrono::seconds> clock_offset{};  ///< its clock less ours
    /// The ways by which it tells of new blocks, soonest first: "zmq, long poll, poll".
    std::string news{};
    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

/// What a node says of a block.
struct SubmitAnswer {
    enum class Kind {
        accepted,
        duplicate,    ///< it has the block already
        rejected,     ///< for good, with a reason
        unreachable,  ///< no answer: ask again
        unsupported,  ///< its protocol takes only solutions of templates it gave itself
    };
    Kind kind{};
    /// In the node's own words (BIP 22): "high-hash", "inconclusive".
    std::string reason{};
    friend bool operator==(const SubmitAnswer&, const SubmitAnswer&) = default;
};

/// A block on its way to a node.
struct SolvedBlock {
    bitcoin::BlockHash hash{};
    base::Bytes bytes{};  ///< the whole block
    /// Candidate::origin, where this very source gave the template.
    std::optional<std::uint64_t> origin{};
};

/// Where a node has a block.
struct BlockStanding {
    enum class Kind {
        unknown,       ///< it did not answer, or has no such block, or cannot tell
        in_chain,      ///< with so many confirmations
        not_in_chain,  ///< another block has its place
    };
    Kind kind{};
    std::uint32_t confirmations{};
    friend bool operator==(const BlockStanding&, const BlockStanding&) = default;
};

/// One node: where templates come from and blocks go to. Owned and called by the loop; callbacks
/// run on it.
class Source {
  public:
    struct Callbacks {
        /// A new candidate: a new tip, or better transactions.
        std::function<void(Candidate)> on_candidate{};
        /// The transactions of one that was given without.
        std::function<void(std::uint64_t origin, Transactions)> on_transactions{};
        /// Whenever it changes.
        std::function<void(NodeStatus)> on_status{};
        /// It will not do its job as configured: another network, wrong credentials. A status that
        /// says it is reachable takes that back.
        std::function<void(std::string_view why)> on_unusable{};
    };
    using OnSubmitted = std::function<void(SubmitAnswer)>;
    using OnFound = std::function<void(BlockStanding)>;

    virtual ~Source() = default;

    /// Of the metric: "devchain".
    virtual std::string_view name() const = 0;
    virtual void start(Callbacks callbacks) = 0;
    /// The callback runs once, also when nobody answers in time.
    virtual void submit_block(SolvedBlock block, OnSubmitted on_submitted) = 0;
    /// Likewise. Sources that cannot tell leave it as it is.
    virtual void find_block(const bitcoin::BlockHash& /*hash*/, OnFound on_found) { on_found({}); }

  protected:
    Source() = default;
    Source(const Source&) = default;
    Source& operator=(const Source&) = default;
};

}  // namespace templates
