#pragma once

#include "share_export/export_config.h"
#include "share_export/exporter.h"
#include "share_export/postgres_sink.h"

namespace share_export {

/// The share log out to PostgreSQL. Owned and called by the loop.
class PostgresExport {
  public:
    PostgresExport(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
                   std::uint32_t partitions, const PostgresExportConfig& config,
                   service::Registry& metrics, service::Stage& stage)
        : sink_(loop, config.address, config.schema),
          exporter_(loop, clock, client,
                    {.sink = "postgresql",
                     .reader = config.how.reader,
                     .partitions = partitions,
                     .deliver_every = config.how.deliver_every,
                     .deliver_shares = config.how.deliver_shares},
                    sink_, metrics, stage) {}

    void start() { exporter_.start(); }
    void leave() { exporter_.leave(); }

  private:
    PostgresSink sink_;
    Exporter exporter_;
};

}  // namespace share_export
