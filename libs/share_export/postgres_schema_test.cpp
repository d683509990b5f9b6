#include "share_export/postgres_schema.h"

#include <gmock/gmock.h>

#include "share_export/columns.h"
#include "share_export/postgres_connection.h"

namespace share_export {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(PostgresSchema, TakesPlainNamesAlone) {
    for (const auto* name : {"adit", "a1", "_x"})
        EXPECT_TRUE(postgres_schema::is_schema_name(name)) << name;
    for (const auto* name : {"", "1a", "A", "a-b", "a b", "a\"b", "a;b"})
        EXPECT_FALSE(postgres_schema::is_schema_name(name)) << name;
}

TEST(PostgresSchema, HasEveryColumn) {
    const auto create = postgres_schema::create("adit");
    const auto copy = postgres_schema::copy_shares("adit");
    for (const auto& column : columns()) {
        const auto name = "\"" + std::string{column.name} + "\"";
        EXPECT_THAT(create, HasSubstr(name + " " + std::string{column.sql_type}));
        EXPECT_THAT(copy, HasSubstr(name));
    }
}

TEST(PostgresSchema, MakesAPartForADay) {
    const auto sql = postgres_schema::create_day("adit", std::chrono::sys_days{2026y / 12 / 31});
    EXPECT_THAT(sql, HasSubstr("shares_20261231"));
    EXPECT_THAT(sql, HasSubstr("FROM ('2026-12-31 00:00:00+00') TO ('2027-01-01 00:00:00+00')"));
}

TEST(PostgresSchema, QuotesTexts) {
    EXPECT_EQ(PostgresConnection::quoted("it's"), "'it''s'");
}

}  // namespace
}  // namespace share_export
