#pragma once

#include "peer/link.h"

namespace peer {

/// Sends every sample of every message and expects each back, decoded and encoded again.
///
/// Both functions say what came of each sample in a line on stdout, separated by tabs: `same` or
/// `differs`, `sent` or `received`, message, variant, and what differs.
void produce(Link& link);

/// Answers each message with what was understood of it, until the other end is done.
void reproduce(Link& link);

}  // namespace peer
