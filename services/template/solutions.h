#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "template/spool_record.h"

namespace templates {

/// The solutions of this replica, by block hash, and what is to be done for each. Pure state: it
/// says what must happen, its owner does it.
class Solutions {
  public:
    /// Put the block on disk.
    struct StoreBlock {
        SpooledBlock block{};
    };
    /// Give it to the node.
    struct SubmitBlock {
        bitcoin::BlockHash hash{};
        base::Bytes bytes{};
    };
    /// Write down what became of it.
    struct StoreState {
        bitcoin::BlockHash hash{};
        BlockState state{};
    };
    /// Its files may go: it is settled, and there are too many.
    struct Forget {
        bitcoin::BlockHash hash{};
    };
    using Effect = std::variant<StoreBlock, SubmitBlock, StoreState, Forget>;

    struct Entry {
        bitcoin::BlockHash hash{};
        std::uint32_t height{};
        mining::ChannelKey channel{};
        BlockState state{};
        bool is_on_disk = false;
        bool is_storing = false;
        bool is_submitting = false;  ///< from the first submission until it is settled
    };

    /// `settled_max`: how many settled blocks are remembered, and kept on disk.
    explicit Solutions(std::size_t settled_max) : settled_max_(settled_max) {}

    /// A block that lay in the spool at the start; those that are not settled are submitted.
    std::vector<Effect> on_recovered(SpooledBlock block, const BlockState& state);

    /// A solution was handed in. Known ones are stored again only if they are not on disk.
    std::vector<Effect> on_found(SpooledBlock block);

    /// The disk has answered. The block goes to the node in any case: a full disk must not cost
    /// a block.
    std::vector<Effect> on_stored(const bitcoin::BlockHash& hash, bool is_on_disk);

    /// A node took or refused it, for good.
    std::vector<Effect> on_settled(const bitcoin::BlockHash& hash, const BlockState& state);

    /// The node did not answer and is asked again now.
    std::vector<Effect> on_retry(const bitcoin::BlockHash& hash);

    /// Null for an unknown one.
    const Entry* find(const bitcoin::BlockHash& hash) const;
    /// At most `count`, newest first.
    std::vector<Entry> newest(std::size_t count) const;
    /// How many a node has not settled yet.
    std::size_t unsettled() const { return blocks_.size(); }

  private:
    using Entries = std::list<Entry>;

    std::vector<Effect> submit(const bitcoin::BlockHash& hash);
    Entry& insert(const SpooledBlock& block);
    void forget_oldest_settled(std::vector<Effect>& effects);

    std::size_t settled_max_;
    Entries entries_{};  // oldest first
    std::unordered_map<bitcoin::BlockHash, Entries::iterator> by_hash_{};
    std::unordered_map<bitcoin::BlockHash, base::Bytes> blocks_{};  // those not settled
};

}  // namespace templates
