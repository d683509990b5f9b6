#pragma once

#include "template/source.h"

namespace templates {

/// What a node's answer to a block means for the block's way to that node.
enum class SubmitVerdict {
    taken,        ///< it has the block, on its best chain or on the way there
    side_branch,  ///< it has the block, and another one in its place: a race, not a loss
    refused,      ///< for good
    not_yet,      ///< it cannot judge it now: it lags behind, or the block is ahead of its clock
    no_answer,
    cannot_take,  ///< it never can
};

/// Pure. Knows the words of BIP 22, of Bitcoin Core and of bcoin, which puts "rejected: " before
/// them.
SubmitVerdict verdict_of(const SubmitAnswer& answer);

}  // namespace templates
