#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aditctl {

/// What a cell says beyond its text; colour only repeats it.
enum class Tone { plain, good, warning, bad, dim, strong };
enum class Align { left, right };

struct Cell {
    Cell(std::string text_ = {}, Tone tone_ = Tone::plain)  // NOLINT: a text is a cell
        : text(std::move(text_)), tone(tone_) {}
    std::string text;
    Tone tone;
};

struct Head {
    std::string text{};
    Align align = Align::left;
};

/// As many places as it takes on a terminal, one for each letter of UTF-8.
std::size_t width_of(std::string_view text);
/// The first `width` places of it; ends in "~" where something is left out.
std::string cropped(std::string_view text, std::size_t width);
/// Between the escape sequences of the tone, where colours are wanted.
std::string painted(std::string_view text, Tone tone, bool has_color);

/// A line for the heads and one for each row, columns two spaces apart. No line is wider than
/// `width_max`, which is 0 for as wide as it gets: the last column gives way.
std::vector<std::string> table_lines(const std::vector<Head>& heads,
                                     const std::vector<std::vector<Cell>>& rows, bool has_color,
                                     std::size_t width_max = 0);

}  // namespace aditctl
