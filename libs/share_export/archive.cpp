#include "share_export/archive.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "share_export/columns.h"

namespace share_export {
namespace {

std::chrono::sys_days day_of(EntryId entry) {
    return std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{entry.ms}});
}

/// A gap's beginning of a line, the same each time that it is found.
std::string gap_name(const GapRecord& gap) {
    return fmt::format(R"({{"partition":{},"after":"{}","before":"{}",)", gap.partition,
                       gap.after.text(), gap.before.text());
}
std::string gap_line(const GapRecord& gap) {
    return gap_name(gap) +
           fmt::format(R"("kind":"{}","bytes_missing":{},"noticed_at":"{}"}})",
                       gap.is_rollback ? "rollback" : "trimmed", gap.bytes_missing,
                       time_text(gap.noticed_at)) +
           '\n';
}

/// The lines, and what the head says of them.
std::string text_of(const std::vector<const Piece*>& pieces, SectionHead& head) {
    std::string text;
    for (const auto* piece : pieces) {
        for (const auto& row : piece->rows) {
            append_line(text, row, head.format);
            head.earliest =
                head.lines == 0 ? row.received_at : std::min(head.earliest, row.received_at);
            head.latest = std::max(head.latest, row.received_at);
            ++head.lines;
        }
        head.places[piece->partition] = piece->after;
    }
    return text;
}

}  // namespace

Places Archive::open() {
    file_.close();
    name_ = {};
    places_.clear();
    make_folder(settings_.folder);
    take_lock();
    const auto names = archive_files(settings_.folder);
    last_number_ = names.empty() ? 0 : names.back().number;
    for (auto name = names.rbegin(); name != names.rend(); ++name)
        if (continue_with(*name)) break;
    sync_folder(settings_.folder);
    return places_;
}

void Archive::take_lock() {
    if (lock_.is_open()) return;
    File lock{settings_.folder / "lock", O_RDWR | O_CREAT};
    if (!lock.lock())
        throw std::runtime_error{
            fmt::format("another process exports to {}: give each a folder and a reader of its own",
                        settings_.folder.string())};
    lock_ = std::move(lock);
}

/// True when the place was found in this file.
bool Archive::continue_with(const ArchiveName& name) {
    const auto path = settings_.folder / name.text();
    File file{path, O_RDWR | O_APPEND};
    const auto content = file.read(0, file.size());
    const auto walked = walk_sections(content);
    if (content.empty()) {
        remove_file(path);
        return false;
    }
    if (walked.sections == 0) {
        // Killed with its first section: nothing of it was acknowledged.
        base::log_warning("a file of the share archive has no whole section, put aside",
                          {{"file", path.string()}, {"bytes", content.size()}});
        rename_file(path, path.string() + ".torn");
        return false;
    }
    places_ = walked.places;
    if (walked.is_damaged) {
        base::log_error("a file of the share archive is damaged, left as it is",
                        {{"file", path.string()}, {"whole_sections", walked.sections}});
        return true;
    }
    if (walked.end < content.size()) {
        base::log_info("cut a torn end off the share archive",
                       {{"file", path.string()}, {"bytes", content.size() - walked.end}});
        file.truncate(walked.end);
    }
    file.sync();
    file_ = std::move(file);
    name_ = name;
    size_ = walked.end;
    return true;
}

void Archive::append(const Delivery& delivery) {
    append_gaps(delivery.gaps);
    std::map<std::chrono::sys_days, std::vector<const Piece*>> days;
    for (const auto& piece : delivery.pieces) days[day_of(piece.entry)].push_back(&piece);
    for (const auto& [day, pieces] : days) append_day(day, pieces, delivery.starts);
    // A place that moved without an entry.
    SectionHead head{.format = settings_.format};
    for (const auto& [partition, place] : delivery.places)
        if (places_[partition] != place) head.places[partition] = place;
    if (head.places.empty()) return;
    const auto id = EntryId::from(head.places.begin()->second.id).value_or(EntryId{});
    append_section(file_.is_open() ? name_.day : day_of(id), std::move(head), {});
}

void Archive::append_day(std::chrono::sys_days day, const std::vector<const Piece*>& pieces,
                         const Places& starts) {
    SectionHead head{.format = settings_.format};
    auto text = text_of(pieces, head);
    for (const auto& [partition, place] : head.places)
        if (const auto start = starts.find(partition);
            start != starts.end() && !places_.contains(partition))
            head.starts[partition] = start->second;
    append_section(day, std::move(head), std::move(text));
}

void Archive::append_section(std::chrono::sys_days day, SectionHead head, std::string text) {
    const bool is_finished = !file_.is_open() || name_.day != day ||
                             name_.format != settings_.format || size_ >= settings_.file_size_max;
    for (const auto& [partition, place] : head.places) places_[partition] = place;
    if (is_finished) {
        head.places = places_;
        text.insert(0, header_line(settings_.format));
        name_ = {.number = last_number_ + 1, .day = day, .format = settings_.format};
        file_ = File{settings_.folder / name_.text(), O_RDWR | O_APPEND | O_CREAT | O_EXCL};
        ++last_number_;
        size_ = 0;
    }
    const auto section = encode_section(std::move(head), text);
    try {
        file_.write(section);
        file_.sync();
        if (is_finished) sync_folder(settings_.folder);
    } catch (const std::exception&) {
        // What could not be synced may look whole and be gone after a power cut.
        file_.truncate(size_);
        throw;
    }
    size_ += section.size();
    bytes_written_ += section.size();
}

void Archive::append_gaps(const std::vector<GapRecord>& gaps) {
    if (gaps.empty()) return;
    const auto path = settings_.folder / gaps_file;
    const auto known = read_file(path);
    std::string lines;
    // A line that was torn off is told again, on a line of its own.
    if (!known.empty() && known.back() != '\n') lines.push_back('\n');
    for (const auto& gap : gaps)
        if (const auto at = known.find(gap_name(gap));
            at == std::string::npos || known.find('\n', at) == std::string::npos)
            lines += gap_line(gap);
    const File file{path, O_RDWR | O_APPEND | O_CREAT};
    file.write(lines);
    file.sync();
    sync_folder(settings_.folder);
}

}  // namespace share_export
