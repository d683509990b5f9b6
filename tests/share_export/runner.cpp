// Exports the share log until it is killed: share_export_runner REDIS_PORT PARTITIONS CONFIG, where
// CONFIG is a file with the tables of [export].
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "redis/hiredis_client.h"
#include "share_export/file_export.h"
#include "share_export/postgres_export.h"

int main(int argc, char** argv) {
    if (argc != 4) return EXIT_FAILURE;
    base::configure_log("runner", base::LogLevel::info, base::LogFormat::key_value);
    const base::SystemClock clock;
    base::SystemRandom random;
    boost::asio::io_context loop{1};
    redis::ClientConfig where;
    where.address.host = "127.0.0.1";
    where.address.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
    redis::HiredisClient client{loop, where, clock, random};
    const auto partitions = static_cast<std::uint32_t>(std::stoi(argv[2]));
    service::Registry metrics{"runner", "0"};
    service::Stage stage{"export", std::chrono::seconds{60}};
    service::ConfigReader reader{argv[3]};
    auto table = reader.root().table("export");
    const auto files = share_export::read_file_export(table);
    const auto postgresql = share_export::read_postgres_export(table);
    reader.finish();
    std::optional<share_export::FileExport> file_export;
    if (files) file_export.emplace(loop, clock, client, partitions, *files, metrics, stage);
    if (file_export) file_export->start();
    std::optional<share_export::PostgresExport> postgres_export;
    if (postgresql)
        postgres_export.emplace(loop, clock, client, partitions, *postgresql, metrics, stage);
    if (postgres_export) postgres_export->start();
    loop.run();
}
