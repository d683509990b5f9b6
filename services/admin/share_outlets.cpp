#include "admin/share_outlets.h"

#include "admin/api_server.h"

namespace admin {
namespace {

/// What cannot be delivered for so long stands still: a disk is full, a database is away.
constexpr std::chrono::seconds wait_max{60};

}  // namespace

ShareOutletsConfig read_share_outlets(service::TableReader root) {
    auto table = root.table("export");
    return {.files = share_export::read_file_export(table),
            .postgresql = share_export::read_postgres_export(table)};
}

ShareOutlets::ShareOutlets(const ShareOutletsConfig& config, service::Chassis& chassis,
                           const base::Clock& clock, redis::Client& client,
                           std::uint32_t partitions)
    : config_(config), chassis_(chassis), clock_(clock), client_(client), partitions_(partitions) {
    auto& loop = chassis.loop().context();
    if (config.files)
        files_.emplace(loop, clock, client, partitions, *config.files, chassis.metrics(),
                       chassis.watchdog().add_stage("export_files", wait_max));
    if (config.postgresql)
        postgresql_.emplace(loop, clock, client, partitions, *config.postgresql, chassis.metrics(),
                            chassis.watchdog().add_stage("export_postgresql", wait_max));
}

void ShareOutlets::offer(ApiServer& api) {
    std::optional<std::filesystem::path> archive;
    if (config_.files) archive = config_.files->archive.folder;
    service_.emplace(api.gate(), chassis_.loop().context(), clock_, client_, partitions_,
                     std::move(archive));
    api.add(*service_);
}

void ShareOutlets::start() {
    if (files_) files_->start();
    if (postgresql_) postgresql_->start();
}

void ShareOutlets::leave() {
    if (service_) service_->close();
    if (files_) files_->leave();
    if (postgresql_) postgresql_->leave();
}

}  // namespace admin
