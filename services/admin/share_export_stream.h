#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/share_stream.h"
#include "redis/client.h"
#include "share_export/archive_reader.h"

namespace admin {

/// One ExportShares: what the archive has, section by section, then what the log has beyond it,
/// partition by partition.
class ShareExportStream final : public ShareStream {
  public:
    struct From {
        boost::asio::io_context& loop;
        /// Reads files, and owns nothing.
        boost::asio::thread_pool& disk;
        redis::Client& client;
        std::uint32_t partitions = 0;
        std::optional<std::filesystem::path> archive{};
    };

    ShareExportStream(std::shared_ptr<WatchStream> stream, From from,
                      share_export::ShareFilter filter);

  private:
    /// The archive as the thread reads it.
    struct Archive;
    /// What the thread read: rows, or nothing at the end; or why it cannot.
    struct ArchiveRead {
        std::optional<std::vector<share_export::ShareRow>> rows{};
        share_export::Places places{};
        std::string failure{};
    };

    void start() override;
    void on_idle() override;
    void stop() override;
    void look_into_archive();
    void look_into_log(std::uint32_t partition);
    bool is_kept_since(base::UnixMicros since);
    void go_on();
    void read_archive();
    void take(const ArchiveRead& read);
    void read_log();
    void take(const share_log::Page& page);

    From from_;
    share_export::ShareFilter filter_;
    std::shared_ptr<Archive> archive_{};
    bool is_in_archive_ = false;
    bool is_reading_ = false;
    std::vector<share_export::ShareRow> rows_{};
    std::size_t next_row_ = 0;
    share_export::Places places_{};
    std::uint32_t partition_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace admin
