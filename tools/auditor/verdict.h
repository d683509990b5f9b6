#pragma once

#include <optional>

#include "bitcoin/target.h"
#include "bus/batch.h"
#include "mining/share.h"
#include "share_log/record.h"

namespace auditor {

/// What a share of a record deserves, as far as the record says: judged again from the fields of
/// the log, by code that is not the pool's. Whether it is a duplicate is not asked.
struct Deserved {
    /// Nothing for an accepted share.
    std::optional<mining::ShareError> error{};
    bool solves_block = false;
    /// The record does not say enough to tell whether the share is accepted or `invalid_share`,
    /// which is also the verdict on a coinbase that cannot be built.
    bool may_be_invalid = false;
    /// What an accepted share is worth: its job's target, or the one that its channel was eased to
    /// since where the share meets that alone.
    bitcoin::Target target{};
};
Deserved deserved_verdict(const share_log::Record& record, std::size_t place);

/// a <= b, as numbers of 256 bits whose least significant byte comes first.
bool is_at_most(const bitcoin::Uint256& a, const bitcoin::Uint256& b);

}  // namespace auditor
