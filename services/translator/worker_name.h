#pragma once

#include <cstddef>
#include <string_view>

namespace translator {

/// A miner authorizes as `account` or `account.worker`: what stands before the first dot.
std::string_view account_of(std::string_view user);

/// Extension 0x0002 has room for so much of a worker's name, in bytes.
inline constexpr std::size_t worker_size_max = 32;

/// What a pool is told of the worker whose share it is: the whole name or, where that is too long
/// or the channel is the account's anyway, what stands behind the first dot; cut between two
/// characters.
std::string_view told_worker(std::string_view user, bool account_is_known);

/// The first bytes of a text of UTF-8, at most `size_max` of them, without half a character.
std::string_view cut_text(std::string_view text, std::size_t size_max);

}  // namespace translator
