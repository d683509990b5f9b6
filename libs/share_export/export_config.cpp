#include "share_export/export_config.h"

#include "ledger/readers.h"

namespace share_export {

using namespace std::chrono_literals;

ExportConfig read_export(service::TableReader table, std::string_view default_reader) {
    ExportConfig config;
    config.reader = table.string_or("reader", default_reader);
    if (!ledger::is_reader_name(config.reader))
        table.problem("reader", "expected 1 to 64 of letters, digits, '-', '_' and '.'");
    config.deliver_every = table.duration_or("deliver_every", config.deliver_every, 50ms, 60s);
    config.deliver_shares =
        table.integer_in_range<std::size_t>("deliver_shares", config.deliver_shares, 1, 100'000);
    return config;
}

std::optional<FileExportConfig> read_file_export(service::TableReader export_table) {
    if (!export_table.has("files")) return std::nullopt;
    auto table = export_table.table("files");
    FileExportConfig config;
    config.how = read_export(table, "export-files");
    config.archive.folder = table.path("folder");
    config.archive.format = table.one_of<TextFormat>(
        "format", "jsonl", {{"jsonl", TextFormat::jsonl}, {"csv", TextFormat::csv}});
    config.archive.file_size_max =
        table.integer_in_range<std::uint64_t>("file_size_mib", 256, 1, 4'096) << 20;
    return config;
}

}  // namespace share_export
