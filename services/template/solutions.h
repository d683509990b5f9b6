#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "template/block_state.h"
#include "template/source.h"
#include "template/spool_record.h"
#include "template/template_store.h"

namespace templates {

/// The solutions of this replica, by block hash, and what is to be done for each: onto the disk, to
/// every node until each has answered for good or the chain is far beyond, and into the stream of
/// what happened. Pure state: it says what must happen, its owner does it.
class Solutions {
  public:
    struct Settings {
        std::vector<std::string> nodes{};  ///< their names, each another
        /// Settled blocks that are remembered, and kept on disk.
        std::size_t settled_max = 1000;
        /// From then on a block is as good as final, and nobody looks any more. A coinbase can be
        /// spent after 100.
        std::uint32_t confirmations = 100;
        /// A block that no node took is asked for no more when the tip is so far above it.
        std::uint32_t give_up_tips = 100;
    };
    /// A node that is away need not be told of a block that others took so many blocks ago: it
    /// learns of it from its peers.
    static constexpr std::uint32_t redundant_tips = 6;
    /// What Redis does not have yet, of one block; beyond it the oldest of the chain's events go.
    static constexpr std::size_t unpublished_max = 256;

    /// Put the block on disk.
    struct StoreBlock {
        SpooledBlock block{};
    };
    /// Give it to a node.
    struct Submit {
        bitcoin::BlockHash hash{};
        std::size_t node{};
        std::shared_ptr<const base::Bytes> bytes{};
        std::optional<std::uint64_t> origin{};  ///< see SolvedBlock
    };
    /// Come back with on_retry() after a while.
    struct Retry {
        bitcoin::BlockHash hash{};
        std::size_t node{};
        std::string why{};
    };
    /// Write down what became of it.
    struct StoreState {
        bitcoin::BlockHash hash{};
        BlockState state{};
    };
    /// Into the stream, until on_published().
    struct Publish {
        bitcoin::BlockHash hash{};
        BlockEvent event{};
        bool is_new = true;         ///< no replay after a restart
        bool is_first_kind = true;  ///< no other node's event of this kind came before
    };
    /// Its files may go: it is settled, and there are too many.
    struct Forget {
        bitcoin::BlockHash hash{};
    };
    /// No node that is configured can ever take it.
    struct NoTaker {
        bitcoin::BlockHash hash{};
    };
    using Effect = std::variant<StoreBlock, Submit, Retry, StoreState, Publish, Forget, NoTaker>;
    using Effects = std::vector<Effect>;

    struct Entry {
        SpooledBlock block{};  ///< without its bytes
        BlockState state{};
        bool is_on_disk = false;
        bool is_storing = false;
        bool is_asked = false;  ///< nodes are, since this start
        std::optional<Origin> origin{};
        std::shared_ptr<const base::Bytes> bytes{};  ///< as long as a node is to get it
        std::vector<char> in_flight{};               ///< by node
        std::uint32_t kinds_seen = 0;                ///< of events, a bit each
    };

    explicit Solutions(Settings settings) : settings_(std::move(settings)) {}

    /// A block that lay in the spool at the start, with what is known of it; it goes to the nodes
    /// that have not answered for good.
    Effects on_recovered(SpooledBlock block, BlockState state, base::UnixMicros now);

    /// A solution was handed in. A known one is stored again only if it is not on disk.
    Effects on_found(SpooledBlock block, std::optional<Origin> origin);

    /// The disk has answered. The block goes to the nodes in any case: a full disk must not cost
    /// a block.
    Effects on_stored(const bitcoin::BlockHash& hash, bool is_on_disk, base::UnixMicros now);
    /// It has not answered for too long: neither must a disk that stands still.
    Effects on_disk_slow(const bitcoin::BlockHash& hash, base::UnixMicros now);

    Effects on_answer(const bitcoin::BlockHash& hash, std::size_t node, const SubmitAnswer& answer,
                      base::UnixMicros now);
    Effects on_retry(const bitcoin::BlockHash& hash, std::size_t node, base::UnixMicros now);

    /// An operator wants every node asked again, whatever it has answered. `bytes` is the block,
    /// for where it is not in memory any more.
    Effects on_resubmit(const bitcoin::BlockHash& hash, base::Bytes bytes, base::UnixMicros now);

    /// The block at the end of the chain has this height: what is far below it is given up.
    Effects on_tip(std::uint32_t height, base::UnixMicros now);
    /// Where the chain has the block, when its tip has this height.
    Effects on_standing(const bitcoin::BlockHash& hash, const BlockStanding& standing,
                        std::uint32_t tip_height, base::UnixMicros now);

    /// Redis has the event.
    Effects on_published(const bitcoin::BlockHash& hash, std::uint64_t number);

    /// Null for an unknown one.
    const Entry* find(const bitcoin::BlockHash& hash) const;
    /// At most `count`, newest first.
    std::vector<const Entry*> newest(std::size_t count) const;
    /// Those of which the chain still has to say where they are, oldest first.
    std::vector<bitcoin::BlockHash> watched() const;
    /// How many no node has taken yet, and when the oldest of them was found.
    struct Undelivered {
        std::size_t blocks{};
        base::UnixMicros oldest{};
        std::uint32_t oldest_height{};
    };
    Undelivered undelivered() const;
    /// The first of them, at most `undelivered_listed`, oldest first.
    static constexpr std::size_t undelivered_listed = 20;
    std::vector<const Entry*> undelivered_entries() const;
    /// The blocks that the node has not answered for yet, oldest first.
    std::vector<bitcoin::BlockHash> waiting_for(std::size_t node) const;

  private:
    using Entries = std::list<Entry>;

    Entry* look_up(const bitcoin::BlockHash& hash);
    Entry& insert(SpooledBlock block);
    void match_nodes(Entry& entry) const;
    void ask_all(Entry& entry, base::UnixMicros now, Effects& effects);
    void submit(Entry& entry, std::size_t node, base::UnixMicros now, Effects& effects);
    void apply(Entry& entry, std::size_t node, const SubmitAnswer& answer, base::UnixMicros now,
               Effects& effects);
    void conclude(Entry& entry, base::UnixMicros now, Effects& effects);
    void give_up(Entry& entry, std::uint32_t tip_height, base::UnixMicros now, Effects& effects);
    void add_event(Entry& entry, BlockEvent::Kind kind, base::UnixMicros now, std::string node,
                   std::string reason, Effects& effects);
    void finish(Entry& entry, Effects& effects);
    void forget_oldest_settled(Effects& effects);

    Settings settings_;
    Entries entries_{};  // oldest first
    std::unordered_map<bitcoin::BlockHash, Entries::iterator> by_hash_{};
};

}  // namespace templates
