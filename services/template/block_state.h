#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace templates {

/// Something that happened to a solved block; what the stream of blocks consists of.
struct BlockEvent {
    enum class Kind {
        found,
        submitted,  ///< to a node, for the first time
        accepted,
        side_branch,  ///< a node has it, and another block in its place
        rejected,
        unsupported,  ///< a node never can take it
        given_up,     ///< nobody is asked any more: a node where one is named, else all
        in_chain,
        confirmed,  ///< as deep as the configuration asks
        orphaned,
    };
    std::uint64_t number{};  ///< counts the events of its block, from 1
    Kind kind{};
    base::UnixMicros at{};
    std::string node{};  ///< whose answer it is; empty for the block's own
    std::string reason{};
    friend bool operator==(const BlockEvent&, const BlockEvent&) = default;
};

/// How far a block is with one node.
struct Delivery {
    enum class Kind { waiting, accepted, side_branch, rejected, unsupported, given_up };
    Kind kind = Kind::waiting;
    std::string reason{};  ///< in the node's words
    bool is_submitted = false;
    friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// What became of a solved block: all that a restart has to know, besides the block.
struct BlockState {
    enum class Kind {
        spooled,   ///< no node has it yet, and one may
        accepted,  ///< a node has it
        rejected,  ///< every node that can answer refused it
        given_up,  ///< no node took it, and the chain is far beyond
    };
    enum class Chain { unknown, in_chain, confirmed, orphaned };
    Kind kind = Kind::spooled;
    std::string reason{};  ///< of a rejection or of giving up
    Chain chain = Chain::unknown;
    bool is_chain_final = false;  ///< the chain is not asked about it any more
    /// By the node's name: the configuration may list them in another order next time.
    std::map<std::string, Delivery, std::less<>> nodes{};
    std::uint64_t events = 0;  ///< numbered so far
    /// Those that Redis does not have yet, oldest first.
    std::vector<BlockEvent> unpublished{};
    friend bool operator==(const BlockState&, const BlockState&) = default;
};

/// "found", "side_branch": as streams, logs and metrics spell them.
std::string_view name_of(BlockEvent::Kind kind);
std::string_view name_of(Delivery::Kind kind);
std::string_view name_of(BlockState::Kind kind);
std::string_view name_of(BlockState::Chain chain);

/// The text of the state file, for people too: a line with the format's number, one for each
/// thing, its parts separated by tabs, and a last one that says that nothing is missing.
std::string encode_state(const BlockState& state);
/// Errors: what is wrong with it; a newer format is named as such.
base::Result<BlockState, std::string> decode_state(std::string_view text);

}  // namespace templates
