#include "aditctl/table_text.h"

#include <algorithm>

namespace aditctl {
namespace {

constexpr std::size_t gap = 2;

bool continues_letter(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

const char* sequence_of(Tone tone) {
    switch (tone) {
        case Tone::plain: return "";
        case Tone::good: return "\x1b[32m";
        case Tone::warning: return "\x1b[33m";
        case Tone::bad: return "\x1b[1;31m";
        case Tone::dim: return "\x1b[2m";
        case Tone::strong: return "\x1b[1m";
    }
    return "";
}

/// Where cells begin and how wide they are.
struct Layout {
    std::vector<std::size_t> widths{};
    std::size_t width_max = 0;
};

Layout layout_of(const std::vector<Head>& heads, const std::vector<std::vector<Cell>>& rows,
                 std::size_t width_max) {
    Layout layout{.widths = {}, .width_max = width_max};
    for (const auto& head : heads) layout.widths.push_back(width_of(head.text));
    for (const auto& row : rows)
        for (std::size_t i = 0; i < std::min(row.size(), heads.size()); ++i)
            layout.widths[i] = std::max(layout.widths[i], width_of(row[i].text));
    return layout;
}

std::string line_of(const std::vector<Cell>& cells, const std::vector<Head>& heads,
                    const Layout& layout, bool has_color) {
    std::string line;
    std::size_t used = 0;
    std::size_t padding = 0;
    for (std::size_t i = 0; i < std::min(cells.size(), heads.size()); ++i) {
        auto text = cells[i].text;
        const auto missing = layout.widths[i] - std::min(layout.widths[i], width_of(text));
        if (heads[i].align == Align::right) padding += missing;
        if (layout.width_max > 0) {
            if (used + padding >= layout.width_max) break;
            text = cropped(text, layout.width_max - used - padding);
        }
        line.append(padding, ' ');
        used += padding + width_of(text);
        line += painted(text, cells[i].tone, has_color);
        padding = gap + (heads[i].align == Align::left ? missing : 0);
    }
    return line;
}

}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return !continues_letter(c); }));
}

std::string cropped(std::string_view text, std::size_t width) {
    if (width_of(text) <= width) return std::string{text};
    if (width == 0) return {};
    std::size_t letters = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        if (!continues_letter(text[end]) && letters++ == width - 1) break;
        ++end;
    }
    return std::string{text.substr(0, end)} + "~";
}

std::string painted(std::string_view text, Tone tone, bool has_color) {
    if (!has_color || tone == Tone::plain || text.empty()) return std::string{text};
    return sequence_of(tone) + std::string{text} + "\x1b[0m";
}

std::vector<std::string> table_lines(const std::vector<Head>& heads,
                                     const std::vector<std::vector<Cell>>& rows, bool has_color,
                                     std::size_t width_max) {
    const auto layout = layout_of(heads, rows, width_max);
    std::vector<Cell> titles;
    for (const auto& head : heads) titles.emplace_back(head.text, Tone::dim);
    std::vector<std::string> lines{line_of(titles, heads, layout, has_color)};
    for (const auto& row : rows) lines.push_back(line_of(row, heads, layout, has_color));
    return lines;
}

}  // namespace aditctl
