#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/target.h"
#include "mining/ids.h"

namespace templates {

/// A solved block as it lies in the spool.
struct SpooledBlock {
    bitcoin::BlockHash hash{};
    std::uint32_t height{};
    mining::TemplateRef template_ref{};
    mining::ChannelKey channel{};
    base::UnixMicros found_at{};
    base::Bytes bytes{};
    friend bool operator==(const SpooledBlock&, const SpooledBlock&) = default;
};

/// What became of it.
struct BlockState {
    enum class Kind { spooled, accepted, rejected };
    Kind kind = Kind::spooled;
    std::string reason{};  ///< of a rejection, in the node's words
    friend bool operator==(const BlockState&, const BlockState&) = default;
};

/// The file of a block: a magic, the fields little-endian, the block, and over all of it a double
/// SHA-256, so that a file that was cut short is not taken for a block.
base::Bytes encode_block_file(const SpooledBlock& block);
/// Nothing for anything but a whole file of ours.
std::optional<SpooledBlock> decode_block_file(base::ByteView bytes);

/// The file of its state, one line for people too: "accepted" or "rejected high-hash".
std::string encode_state_file(const BlockState& state);
/// Nothing for a text of another form.
std::optional<BlockState> decode_state_file(std::string_view text);

}  // namespace templates
