#pragma once

#include <cstddef>
#include <string_view>

namespace channel_manager {

/// STR0_255 has no more (Sv2 3.1).
inline constexpr std::size_t user_identity_size_max = 255;

/// What stands before the first dot of an identity, `account` or `account.worker`: who is paid.
std::string_view account_of(std::string_view identity);

/// Whether a miner may go by this name: an account that is not empty, at most 255 bytes of UTF-8
/// without control characters (C0, DEL, C1), so that it can stand in a log and on an operator's
/// screen.
bool is_acceptable_user_identity(std::string_view identity);

}  // namespace channel_manager
