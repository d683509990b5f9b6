#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/commit_call.h"
#include "redis/reply.h"

namespace ledger {

/// Redis keeps a hash compact while no value is longer (hash-max-listpack-value, its default): one
/// that is makes a channel take three times the memory.
inline constexpr std::size_t compact_value_size_max = 64;

/// A value that may be longer stands in pieces, each compact: NAME, NAME_2, NAME_3 and so on, as
/// many as it needs. sums.lua does the same.
void append_in_pieces(ChannelFields& fields, std::string_view name, std::string_view value);

/// The value put together again, from what HGETALL answers; empty where there is none.
std::string whole_value(const redis::Reply& hash, std::string_view name);

}  // namespace ledger
