#pragma once

#include <cstdint>

#include "base/strong_id.h"

namespace sv2 {

/// Names a channel or a group of channels on one connection: both live in one namespace, and no
/// number is ever both (Sv2 5.2.3). The server chooses; 0 means nothing.
using ChannelId = base::StrongId<struct ChannelIdTag, std::uint32_t>;

/// Names a job on one connection; the server chooses (Sv2 5.3.15).
using JobId = base::StrongId<struct JobIdTag, std::uint32_t>;

/// Pairs a reply with its request; the client chooses, the server copies (Sv2 5.3.2).
using RequestId = base::StrongId<struct RequestIdTag, std::uint32_t>;

/// The same for the negotiation of extensions, which has a space of its own (extension 0x0001).
using ExtensionRequestId = base::StrongId<struct ExtensionRequestIdTag, std::uint16_t>;

/// Names a template of one template provider; strictly increasing (Sv2 7.2).
using TemplateId = base::StrongId<struct TemplateIdTag, std::uint64_t>;

}  // namespace sv2
