#include "share_export/archive_name.h"

#include <fmt/format.h>

#include "base/integer.h"

namespace share_export {

std::string ArchiveName::text() const {
    const std::chrono::year_month_day date{day};
    return fmt::format("shares-{:04}-{:02}-{:02}-{:08}.{}.zst", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       number, format_name(format));
}

std::optional<ArchiveName> ArchiveName::from(std::string_view text) {
    constexpr std::string_view prefix = "shares-";
    constexpr std::string_view suffix = ".zst";
    constexpr std::size_t number_at = 11;
    if (!text.starts_with(prefix) || !text.ends_with(suffix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    text.remove_suffix(suffix.size());
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot <= number_at) return std::nullopt;
    const auto year = base::parse_integer<unsigned>(text.substr(0, 4));
    const auto month = base::parse_integer<unsigned>(text.substr(5, 2));
    const auto day = base::parse_integer<unsigned>(text.substr(8, 2));
    const auto number = base::parse_integer<std::uint32_t>(text.substr(number_at, dot - number_at));
    const auto format = format_from(text.substr(dot + 1));
    if (!year || !month || !day || !number || !format) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok()) return std::nullopt;
    return ArchiveName{*number, std::chrono::sys_days{date}, *format};
}

}  // namespace share_export
