#include "share_export/postgres_schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "share_export/columns.h"
#include "share_export/postgres_connection.h"

namespace share_export::postgres_schema {
namespace {

constexpr auto quoted = PostgresConnection::quoted;

std::string column_names() {
    std::string names;
    for (const auto& column : columns())
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
    return names;
}

std::string table_columns() {
    std::string lines;
    for (const auto& column : columns())
        lines += fmt::format("\"{}\" {},\n", column.name, column.sql_type);
    return lines;
}

std::string date_text(std::chrono::sys_days day, const char* between) {
    const std::chrono::year_month_day date{day};
    return fmt::format("{:04}{}{:02}{}{:02}", static_cast<int>(date.year()), between,
                       static_cast<unsigned>(date.month()), between,
                       static_cast<unsigned>(date.day()));
}

}  // namespace

bool is_schema_name(std::string_view name) {
    constexpr std::size_t size_max = 48;
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && name.size() <= size_max && (name[0] < '0' || name[0] > '9') &&
           std::ranges::all_of(name, is_allowed);
}

std::string create(std::string_view schema) {
    // One at a time, and what is acknowledged to the log must be on the server's disk.
    return fmt::format(
        R"(SELECT set_config('synchronous_commit', 'on', false)
               WHERE current_setting('synchronous_commit') = 'off';
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('adit share export {0}'));
DO $create$ BEGIN
IF to_regclass('"{0}".share_schema') IS NULL THEN
    IF to_regnamespace('"{0}"') IS NULL THEN CREATE SCHEMA "{0}"; END IF;
    CREATE TABLE "{0}".share_schema (version integer NOT NULL);
    INSERT INTO "{0}".share_schema VALUES ({1});
    CREATE TABLE "{0}".shares (
        {2}
        PRIMARY KEY ("partition", "entry", "index", "received_at")
    ) PARTITION BY RANGE ("received_at");
    CREATE INDEX shares_identity ON "{0}".shares ("identity", "received_at");
    CREATE TABLE "{0}".share_places (
        "partition" integer PRIMARY KEY,
        "entry" text NOT NULL,
        "bytes" numeric(20) NOT NULL,
        "moved_at" timestamptz NOT NULL DEFAULT now());
    CREATE TABLE "{0}".share_gaps (
        "partition" integer NOT NULL,
        "after_entry" text NOT NULL,
        "before_entry" text NOT NULL,
        "kind" text NOT NULL,
        "bytes_missing" numeric(20) NOT NULL,
        "noticed_at" timestamptz NOT NULL,
        PRIMARY KEY ("partition", "after_entry", "before_entry"));
END IF;
END $create$;
COMMIT;
SELECT version FROM "{0}".share_schema;)",
        schema, version, table_columns());
}

std::string select_places(std::string_view schema) {
    return fmt::format(R"(SELECT "partition", "entry", "bytes" FROM "{}".share_places)", schema);
}

std::string begin(std::string_view schema) {
    return "BEGIN; " + select_places(schema) + " FOR UPDATE";
}

std::string create_day(std::string_view schema, std::chrono::sys_days day) {
    // CREATE TABLE ... PARTITION OF would wait for everybody who reads the table, and hold up who
    // comes after; ATTACH does not.
    return fmt::format(
        R"(DO $day$ BEGIN
IF to_regclass('"{0}".shares_{1}') IS NULL THEN
    CREATE TABLE "{0}".shares_{1} (LIKE "{0}".shares INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    ALTER TABLE "{0}".shares ATTACH PARTITION "{0}".shares_{1}
        FOR VALUES FROM ('{2} 00:00:00+00') TO ('{3} 00:00:00+00');
END IF;
END $day$;)",
        schema, date_text(day, ""), date_text(day, "-"),
        date_text(day + std::chrono::days{1}, "-"));
}

std::string copy_shares(std::string_view schema) {
    return fmt::format(R"(COPY "{}".shares ({}) FROM STDIN)", schema, column_names());
}

std::string commit(std::string_view schema, const Places& places,
                   const std::vector<GapRecord>& gaps) {
    std::string sql;
    for (const auto& [partition, place] : places)
        sql += fmt::format(
            R"(INSERT INTO "{}".share_places ("partition", "entry", "bytes") VALUES ({}, {}, {})
ON CONFLICT ("partition") DO UPDATE
    SET "entry" = excluded."entry", "bytes" = excluded."bytes", "moved_at" = now();
)",
            schema, partition, quoted(place.id), place.bytes);
    for (const auto& gap : gaps)
        sql += fmt::format(
            R"(INSERT INTO "{}".share_gaps VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING;
)",
            schema, gap.partition, quoted(gap.after.text()), quoted(gap.before.text()),
            quoted(gap.is_rollback ? "rollback" : "trimmed"), gap.bytes_missing,
            quoted(time_text(gap.noticed_at)));
    return sql + "COMMIT";
}

}  // namespace share_export::postgres_schema
