#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/target.h"
#include "template/candidate.h"

namespace templates {

struct BuiltBlock {
    bitcoin::BlockHash hash{};
    base::Bytes bytes{};
    std::uint64_t value_sat{};  ///< of all outputs of the coinbase
};

/// The block that a header and a coinbase make of a template's transactions. Whatever would make
/// it another block than the template's is refused; what only a node can judge (time, version
/// bits, amounts) is left to the node. `coinbase` is whole, witness included when the template is
/// segwit. Errors: what is wrong, for the caller and the log.
base::Result<BuiltBlock, std::string_view> build_block(const Candidate& candidate,
                                                       base::ByteView header,
                                                       base::ByteView coinbase);

}  // namespace templates
