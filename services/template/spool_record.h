#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
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
    std::uint64_t value_sat{};    ///< of all outputs of the coinbase
    std::string user_identity{};  ///< the channel's; empty where the worker did not say
    base::Bytes bytes{};
    friend bool operator==(const SpooledBlock&, const SpooledBlock&) = default;
};

/// The file of a block: a magic that ends in the format's number, the size of the fields, the
/// fields, little-endian, the block, and over all of it a double SHA-256, so that a file that was
/// cut short is not taken for a block.
base::Bytes encode_block_file(const SpooledBlock& block);

enum class BlockFileError {
    damaged,       ///< anything but a whole file of ours
    newer_format,  ///< whole, but not what this version writes
};
/// Errors: each enumerator.
base::Result<SpooledBlock, BlockFileError> decode_block_file(base::ByteView bytes);

/// What a file of a newer format still tells, because every format keeps the magic, the size of the
/// fields and the digest where they are: the block itself, its height and its value, without the
/// record of who found it. Errors: `damaged`.
base::Result<SpooledBlock, BlockFileError> salvage_block_file(base::ByteView bytes);

}  // namespace templates
