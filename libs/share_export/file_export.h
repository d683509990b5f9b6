#pragma once

#include "share_export/export_config.h"
#include "share_export/exporter.h"
#include "share_export/file_sink.h"

namespace share_export {

/// The share log out to files: an archive, and who delivers to it. Owned and called by the loop.
class FileExport {
  public:
    FileExport(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
               std::uint32_t partitions, const FileExportConfig& config, service::Registry& metrics,
               service::Stage& stage)
        : sink_(loop, config.archive),
          exporter_(loop, clock, client,
                    {.sink = "files",
                     .reader = config.how.reader,
                     .partitions = partitions,
                     .deliver_every = config.how.deliver_every,
                     .deliver_shares = config.how.deliver_shares},
                    sink_, metrics, stage) {}

    void start() { exporter_.start(); }
    void leave() { exporter_.leave(); }

  private:
    FileSink sink_;
    Exporter exporter_;
};

}  // namespace share_export
