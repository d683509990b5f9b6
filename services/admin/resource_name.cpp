#include "admin/resource_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace admin {
namespace {

// A worker's name has at most 255 bytes, each at most three characters here.
constexpr std::size_t name_size_max = 2'048;
constexpr std::size_t shown_max = 80;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"-_.~:@+=,!$'()*;&"}.find(c) != std::string_view::npos;
}

bool is_variable_value(std::string_view text) {
    if (text.empty()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_plain(text[i])) continue;
        if (text[i] != '%' || i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
            return false;
        i += 2;
    }
    return true;
}

/// The segment before the next slash; takes it, and the slash, off the text.
std::string_view take_segment(std::string_view& text) {
    const auto end = std::min(text.find('/'), text.size());
    const auto segment = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return segment;
}

/// What of a stranger's text is repeated to them.
std::string shown(std::string_view text) {
    std::string plain;
    for (const char c : text.substr(0, shown_max)) plain += c >= ' ' && c <= '~' ? c : '?';
    return text.size() > shown_max ? plain + "..." : plain;
}

}  // namespace

ApiResult<std::vector<std::string>> parse_name(std::string_view form, std::string_view name,
                                               std::string_view field) {
    const auto wrong = [&] {
        return base::unexpected(ApiError{
            Reason::invalid_name,
            fmt::format("{} is \"{}\", expected the form \"{}\"", field, shown(name), form),
            {{"field", std::string{field}}, {"form", std::string{form}}}});
    };
    if (name.size() > name_size_max ||
        std::count(name.begin(), name.end(), '/') != std::count(form.begin(), form.end(), '/'))
        return wrong();
    std::vector<std::string> variables;
    auto rest_of_form = form;
    auto rest = name;
    while (!rest_of_form.empty()) {
        const auto wanted = take_segment(rest_of_form);
        const auto given = take_segment(rest);
        if (!wanted.starts_with('{')) {
            if (given != wanted) return wrong();
        } else if (is_variable_value(given)) {
            variables.emplace_back(given);
        } else {
            return wrong();
        }
    }
    return variables;
}

ApiResult<std::string> parse_parent(std::string_view form, std::string_view parent) {
    if (parent.empty()) return std::string{};
    auto variables = parse_name(form, parent, "parent");
    if (!variables) return base::unexpected(variables.error());
    return variables->front() == "-" ? std::string{} : std::string{parent} + "/";
}

ApiError not_found(std::string_view name) {
    return {
        Reason::not_found, fmt::format("there is no \"{}\"", shown(name)), {{"name", shown(name)}}};
}

}  // namespace admin
