#pragma once

#include <optional>

#include "admin/share_service.h"
#include "service/chassis.h"
#include "service/config.h"
#include "share_export/file_export.h"
#include "share_export/postgres_export.h"

namespace admin {

class ApiServer;

/// `[export]`: off where its tables are absent.
struct ShareOutletsConfig {
    std::optional<share_export::FileExportConfig> files{};
    std::optional<share_export::PostgresExportConfig> postgresql{};
};
ShareOutletsConfig read_share_outlets(service::TableReader root);

/// Where the share log leaves the pool: to files, to PostgreSQL, and to who asks over the API.
/// Owned by Admin, and there until the API's server has ended.
class ShareOutlets {
  public:
    ShareOutlets(const ShareOutletsConfig& config, service::Chassis& chassis,
                 const base::Clock& clock, redis::Client& client, std::uint32_t partitions);

    /// Offers ShareService.
    void offer(ApiServer& api);
    void start();
    void leave();

  private:
    ShareOutletsConfig config_;
    service::Chassis& chassis_;
    const base::Clock& clock_;
    redis::Client& client_;
    std::uint32_t partitions_;
    std::optional<share_export::FileExport> files_{};
    std::optional<share_export::PostgresExport> postgresql_{};
    std::optional<ShareService> service_{};
};

}  // namespace admin
