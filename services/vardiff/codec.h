#pragma once

#include <adit/vardiff/v1/checkpoint.pb.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "share_log/follower.h"
#include "vardiff/channel_book.h"

/// Vardiff's values as messages: for operators, and for what Redis keeps.
namespace vardiff {

adit::vardiff::v1::PolicySet to_proto(const PolicySet& set);
/// Nothing for what SetPolicy would refuse.
std::optional<PolicySet> from_proto(const adit::vardiff::v1::PolicySet& message);

/// What `before` becomes, with the next version. Errors: what is out of range, in words.
base::Result<PolicySet, std::string> changed(const PolicySet& before,
                                             const adit::vardiff::v1::SetPolicyRequest& request);

adit::vardiff::v1::ExplainResponse explain(const ChannelTrack& channel, const Terms& terms);

struct Checkpoint {
    share_log::Position position{};
    ChannelBook::Channels channels{};
    ChannelBook::Heard heard{};
};
std::string encode_checkpoint(const share_log::Position& position, const ChannelBook& book);
/// Nothing for what is damaged or of another format.
std::optional<Checkpoint> decode_checkpoint(std::string_view text);

}  // namespace vardiff
