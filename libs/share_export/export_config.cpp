#include "share_export/export_config.h"

#include "ledger/readers.h"
#include "service/secret_file.h"
#include "share_export/postgres_schema.h"

namespace share_export {

using namespace std::chrono_literals;

namespace {

PostgresAddress read_address(service::TableReader table) {
    PostgresAddress address;
    if (auto socket = table.optional_path("socket_folder")) {
        address.host = socket->string();
        if (table.has("address"))
            table.problem("address", "either this or socket_folder, not both");
        address.port = table.integer_in_range<std::uint16_t>("port", 5432, 1, 65535);
    } else {
        const auto where = table.endpoint_or("address", {"127.0.0.1", 5432});
        address.host = where.host;
        address.port = where.port;
    }
    address.database = table.required_string("database");
    address.user = table.required_string("user");
    if (const auto file = table.optional_path("password_file")) {
        address.read_password = [file = *file, key = table.full_key("password_file")] {
            return service::read_secret_file(file, key);
        };
        address.password = address.read_password();
    }
    using Tls = PostgresAddress::Tls;
    address.tls = table.one_of<Tls>(
        "tls", "off",
        {{"off", Tls::off}, {"required", Tls::required}, {"verified", Tls::verified}});
    if (const auto file = table.optional_path("ca_file")) address.ca_file = file->string();
    if (address.tls == Tls::verified && address.ca_file.empty())
        table.problem("ca_file",
                      "tls = \"verified\" needs the certificate of who signs the server's");
    address.timeout = table.duration_or("timeout", address.timeout, 1s, 10min);
    return address;
}

}  // namespace

ExportConfig read_export(service::TableReader table, std::string_view default_reader,
                         std::size_t default_shares) {
    ExportConfig config;
    config.reader = table.string_or("reader", default_reader);
    if (!ledger::is_reader_name(config.reader))
        table.problem("reader", "expected 1 to 64 of letters, digits, '-', '_' and '.'");
    config.deliver_every = table.duration_or("deliver_every", config.deliver_every, 50ms, 60s);
    config.deliver_shares =
        table.integer_in_range<std::size_t>("deliver_shares", default_shares, 1, 100'000);
    return config;
}

std::optional<FileExportConfig> read_file_export(service::TableReader export_table) {
    if (!export_table.has("files")) return std::nullopt;
    auto table = export_table.table("files");
    FileExportConfig config;
    config.how = read_export(table, "export-files", 5'000);
    config.archive.folder = table.path("folder");
    config.archive.format = table.one_of<TextFormat>(
        "format", "jsonl", {{"jsonl", TextFormat::jsonl}, {"csv", TextFormat::csv}});
    config.archive.file_size_max =
        table.integer_in_range<std::uint64_t>("file_size_mib", 256, 1, 4'096) << 20;
    return config;
}

std::optional<PostgresExportConfig> read_postgres_export(service::TableReader export_table) {
    if (!export_table.has("postgresql")) return std::nullopt;
    auto table = export_table.table("postgresql");
    PostgresExportConfig config;
    // Their lines are written on the loop, which must not stand still for it.
    config.how = read_export(table, "export-postgresql", 2'000);
    config.address = read_address(table);
    config.schema = table.string_or("schema", config.schema);
    if (!postgres_schema::is_schema_name(config.schema))
        table.problem("schema", "expected 1 to 48 of a-z, 0-9 and '_', not beginning with a digit");
    return config;
}

}  // namespace share_export
