#include "sv1/line_reader.h"

namespace sv1 {
namespace {

/// What may stay allocated between two lines: enough for a share that came in two segments.
constexpr std::size_t idle_capacity_max = 512;

std::string_view without_cr(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

}  // namespace

void LineReader::forget() {
    if (gathered_.capacity() > idle_capacity_max)
        std::string{}.swap(gathered_);  // an assignment may keep the memory
    else
        gathered_.clear();
    handed_out_ = false;
}

base::Result<std::optional<std::string_view>, LineTooLong> LineReader::too_long() {
    broken_ = true;
    std::string{}.swap(gathered_);
    handed_out_ = false;
    return base::unexpected(LineTooLong{line_size_max_});
}

base::Result<std::optional<std::string_view>, LineTooLong> LineReader::take_line(
    base::ByteView& unread) {
    if (broken_) return too_long();
    if (handed_out_) forget();
    // Together with a CR that may turn out to be the line's end.
    const std::size_t raw_size_max = line_size_max_ + 1;
    while (!unread.empty()) {
        const auto text = base::as_string_view(unread);
        const auto end = text.find('\n');
        const auto piece = text.substr(0, end);
        if (piece.size() > raw_size_max - gathered_.size()) return too_long();
        unread = unread.subspan(end == std::string_view::npos ? piece.size() : end + 1);
        if (end == std::string_view::npos) {
            gathered_.append(piece);
            if (without_cr(gathered_).size() > line_size_max_) return too_long();
            return std::optional<std::string_view>{};
        }
        std::string_view line = piece;
        if (!gathered_.empty()) {
            line = gathered_.append(piece);
            handed_out_ = true;
        }
        line = without_cr(line);
        if (line.size() > line_size_max_) return too_long();
        if (!line.empty()) return std::optional{line};
        forget();
    }
    return std::optional<std::string_view>{};
}

}  // namespace sv1
