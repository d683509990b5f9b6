#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "share_export/sink.h"

/// What the export says to PostgreSQL. `schema` is a plain name (is_schema_name()).
namespace share_export::postgres_schema {

/// Of what create() makes; a database with a greater one is left alone.
inline constexpr int version = 1;

/// 1 to 48 of a-z, 0-9 and '_', not beginning with a digit.
bool is_schema_name(std::string_view name);

/// Makes schema and tables where they are absent; then one row: the version that is there.
std::string create(std::string_view schema);
/// Rows: partition, entry, bytes.
std::string select_places(std::string_view schema);
/// Begins a transaction; rows: partition, entry, bytes, which nobody else may move until its end.
std::string begin(std::string_view schema);
/// The partition of the table for a day, in that transaction. Whoever reads the table goes on.
std::string create_day(std::string_view schema, std::chrono::sys_days day);
/// For lines of append_copy_line().
std::string copy_shares(std::string_view schema);
/// Places and gaps, and the end of the transaction.
std::string commit(std::string_view schema, const Places& places,
                   const std::vector<GapRecord>& gaps);

}  // namespace share_export::postgres_schema
