#include "share_export/archive_reader.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <stdexcept>

namespace share_export {
namespace {

base::UnixMicros time_of(const share_log::Position& place) {
    return base::UnixMicros{
        std::chrono::milliseconds{EntryId::from(place.id).value_or(EntryId{}).ms}};
}

}  // namespace

ArchiveReader::ArchiveReader(std::filesystem::path folder, ShareFilter filter)
    : folder_(std::move(folder)), filter_(std::move(filter)), names_(archive_files(folder_)) {}

std::map<std::uint32_t, ArchiveStart> ArchiveReader::coverage(const std::filesystem::path& folder) {
    ArchiveReader reader{folder, {}};
    while (reader.starts_.empty() && reader.open_next_file())
        if (const auto found = find_head(reader.file_.read(0, head_size_max)))
            reader.note_start(found->head);
    return reader.starts_;
}

std::optional<std::vector<ShareRow>> ArchiveReader::next() {
    while (file_.is_open() || open_next_file()) {
        const auto found = find_head(file_.read(at_, head_size_max));
        if (!found || found->head.body_size > size_ - at_ - found->size) {
            // Its end is being written; the middle of a file never looks so.
            const bool is_last = next_name_ == names_.size();
            if (at_ < size_ && !is_last)
                throw std::runtime_error{
                    fmt::format("{} is damaged at byte {}: its sections from there on cannot be "
                                "read; zstd -d may still read some",
                                path_, at_)};
            file_.close();
            continue;
        }
        const auto& head = found->head;
        note_start(head);
        const auto body_at = at_ + found->size;
        at_ = body_at + head.body_size;
        for (const auto& [partition, place] : head.places) places_[partition] = place;
        if (head.lines == 0 || head.latest < filter_.from || head.earliest >= filter_.to) continue;
        const auto text = decode_body(head, file_.read(body_at, head.body_size));
        if (!text)
            throw std::runtime_error{fmt::format("{} is damaged at byte {}", path_, body_at)};
        auto rows = rows_in(*text, head);
        if (!rows.empty()) return rows;
    }
    return std::nullopt;
}

bool ArchiveReader::open_next_file() {
    if (next_name_ == names_.size()) return false;
    const auto& name = names_[next_name_++];
    path_ = (folder_ / name.text()).string();
    file_ = File{path_, O_RDONLY};
    size_ = file_.size();
    at_ = 0;
    is_first_section_ = true;
    return true;
}

/// A file's first section has the place of every partition that the archive has anything of.
void ArchiveReader::note_start(const SectionHead& head) {
    for (const auto& [partition, start] : head.starts)
        starts_.try_emplace(partition,
                            ArchiveStart{.since = time_of(start), .is_whole = start.bytes == 0});
    if (std::exchange(is_first_section_, false))
        for (const auto& [partition, place] : head.places)
            starts_.try_emplace(partition, ArchiveStart{.since = time_of(place)});
}

std::vector<ShareRow> ArchiveReader::rows_in(const std::string& text, const SectionHead& head) {
    LineReader reader{head.format};
    // The names of a CSV stand in its file's first section alone.
    if (auto names = header_line(head.format); !names.empty() && !text.starts_with(names)) {
        names.pop_back();
        (void)reader.read(names);
    }
    std::vector<ShareRow> rows;
    for (std::string_view left = text; !left.empty();) {
        const auto end = left.find('\n');
        auto row = reader.read(left.substr(0, end));
        if (!row) throw std::runtime_error{fmt::format("{}: {}", path_, row.error())};
        if (*row && filter_.takes(**row)) rows.push_back(*std::move(*row));
        left.remove_prefix(std::min(end, left.size() - 1) + 1);
    }
    return rows;
}

}  // namespace share_export
