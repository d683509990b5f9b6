#pragma once

#include <adit/templates/v1/templates.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bitcoin/uint256.h"
#include "mining/block_template.h"

namespace rpc {

/// Nothing unless there are exactly 32 bytes.
std::optional<bitcoin::Uint256> read_uint256(std::string_view bytes);
std::string write_uint256(const bitcoin::Uint256& value);

/// A template as the service streams it.
adit::templates::v1::BlockTemplate to_proto(const mining::BlockTemplate& block_template);

/// Checks all that a peer sends: sizes, counts, that the outputs parse, that the target is not
/// easier than nbits says. Errors: what is wrong, for the log.
base::Result<mining::BlockTemplate, std::string_view> from_proto(
    const adit::templates::v1::BlockTemplate& message);

/// The same from its bytes, as Redis has them.
base::Result<mining::BlockTemplate, std::string_view> parse_template(const std::string& bytes);

}  // namespace rpc
