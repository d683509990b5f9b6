#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "share_export/archive_folder.h"
#include "share_export/sink.h"

namespace share_export {

struct ArchiveSettings {
    std::filesystem::path folder{};
    TextFormat format = TextFormat::jsonl;
    /// A file that has so many bytes is finished.
    std::uint64_t file_size_max = 256U << 20;
};

/// The files that shares are delivered to, as they are written. Its calls wait for the disk: for a
/// thread that owns nothing else. Failures are thrown as std::runtime_error; then only open() makes
/// sense.
class Archive {
  public:
    explicit Archive(ArchiveSettings settings) : settings_(std::move(settings)) {}

    /// Finds the place from the files: of the last one a torn end is cut off. What it says is on
    /// the disk.
    Places open();
    /// Appends a section for each day, and waits until they are on the disk.
    void append(const Delivery& delivery);

    /// Bytes written since the start.
    std::uint64_t bytes_written() const { return bytes_written_; }

  private:
    void take_lock();
    bool continue_with(const ArchiveName& name);
    void append_day(std::chrono::sys_days day, const std::vector<const Piece*>& pieces,
                    const Places& starts);
    void append_section(std::chrono::sys_days day, SectionHead head, std::string text);
    void append_gaps(const std::vector<GapRecord>& gaps);

    ArchiveSettings settings_;
    File lock_{};
    File file_{};
    ArchiveName name_{};
    std::uint64_t size_ = 0;
    std::uint32_t last_number_ = 0;
    Places places_{};
    std::uint64_t bytes_written_ = 0;
};

/// Where gaps are written down, a line of JSON each.
inline constexpr const char* gaps_file = "gaps.jsonl";

}  // namespace share_export
