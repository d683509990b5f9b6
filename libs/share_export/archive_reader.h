#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "share_export/archive_folder.h"
#include "share_export/section.h"

namespace share_export {

/// The shares to be read back: received from `from` on and before `to`.
struct ShareFilter {
    base::UnixMicros from{base::UnixMicros::min()};
    base::UnixMicros to{base::UnixMicros::max()};
    /// All, where it is empty.
    std::string identity{};

    bool takes(const ShareRow& row) const {
        return row.received_at >= from && row.received_at < to &&
               (identity.empty() || row.identity == identity || row.user_identity == identity);
    }
};

/// Since when an archive has a partition's log without a hole at its beginning.
struct ArchiveStart {
    base::UnixMicros since{};
    /// Nothing was before: it has all that there ever was.
    bool is_whole = false;
};

/// Reads an archive section by section, also one that is being written. Its calls wait for the
/// disk: for a thread of its own. Failures are thrown as std::runtime_error.
class ArchiveReader {
  public:
    ArchiveReader(std::filesystem::path folder, ShareFilter filter);

    /// Since when the archive has each partition that its first section has.
    static std::map<std::uint32_t, ArchiveStart> coverage(const std::filesystem::path& folder);

    /// The shares of the next section that has any which the filter takes; nothing at the end.
    std::optional<std::vector<ShareRow>> next();
    /// Behind everything that was read so far.
    const Places& places() const { return places_; }
    /// Of each partition; known from the first call of next() on.
    const std::map<std::uint32_t, ArchiveStart>& starts() const { return starts_; }

  private:
    bool open_next_file();
    void note_start(const SectionHead& head);
    std::vector<ShareRow> rows_in(const std::string& text, const SectionHead& head);

    std::filesystem::path folder_;
    ShareFilter filter_;
    std::vector<ArchiveName> names_{};
    std::size_t next_name_ = 0;
    File file_{};
    std::string path_{};
    std::uint64_t at_ = 0;
    std::uint64_t size_ = 0;
    bool is_first_section_ = false;
    Places places_{};
    std::map<std::uint32_t, ArchiveStart> starts_{};
};

}  // namespace share_export
