#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "ledger/durability.h"
#include "mining/ids.h"
#include "redis/client.h"

namespace ledger {

/// One entry of the stream of blocks: something that happened to a solved block at a template
/// replica, with all that is known of the block, so that each entry can be read by itself.
struct BlockEntry {
    bitcoin::BlockHash hash{};
    std::string event{};     ///< "found", "accepted", "orphaned"
    std::uint64_t number{};  ///< of the event, among those of this block at this replica
    base::UnixMicros at{};
    std::string replica{};  ///< whose event it is: the name of its spool
    std::string node{};     ///< whose answer it is; empty where it is nobody's
    std::string reason{};
    std::uint32_t height{};
    mining::TemplateRef template_ref{};
    mining::ChannelKey channel{};
    std::string user_identity{};
    std::uint64_t value_sat{};
    base::UnixMicros found_at{};
    friend bool operator==(const BlockEntry&, const BlockEntry&) = default;
};

/// Names what happened, the same in every replay: entries may be written twice, after a restart or
/// when an answer of Redis was lost.
std::string name_of(const BlockEntry& entry);

/// Appends the entry to the stream, which keeps about `length_max` of them. The callback runs once.
/// `failure`: why it may not be there; then it is to be appended again.
void append_block_entry(redis::Client& client, const BlockEntry& entry, std::size_t length_max,
                        const Durability& durability,
                        std::function<void(std::optional<std::string> failure)> done);

/// From the fields and values of an entry as Redis gives them. Nothing when it is none.
std::optional<BlockEntry> read_block_entry(const redis::Reply& fields);

}  // namespace ledger
