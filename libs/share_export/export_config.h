#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "service/config.h"
#include "share_export/archive.h"
#include "share_export/postgres_connection.h"

namespace share_export {

/// What every export has.
struct ExportConfig {
    /// Under which name the log waits for it.
    std::string reader{};
    std::chrono::milliseconds deliver_every{2'000};
    std::size_t deliver_shares = 5'000;
};

/// `[export.files]`.
struct FileExportConfig {
    ExportConfig how{};
    ArchiveSettings archive{};
};

/// Nothing where the file has no such table. `export_table` is `[export]`.
std::optional<FileExportConfig> read_file_export(service::TableReader export_table);

/// `[export.postgresql]`.
struct PostgresExportConfig {
    ExportConfig how{};
    PostgresAddress address{};
    std::string schema = "adit";
};

/// The same. Throws service::ConfigError for a password file that cannot be read.
std::optional<PostgresExportConfig> read_postgres_export(service::TableReader export_table);

/// The keys that every export has.
ExportConfig read_export(service::TableReader table, std::string_view default_reader,
                         std::size_t default_shares);

}  // namespace share_export
