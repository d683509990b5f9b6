#include "share_export/row_text.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "share_export/columns.h"

namespace share_export {
namespace {

using Read = base::Result<std::optional<ShareRow>, std::string>;

/// The text between quotes; it is UTF-8.
void append_json_string(std::string& to, std::string_view text) {
    to.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            to.push_back('\\');
            to.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            to += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            to.push_back(c);
        }
    }
    to.push_back('"');
}

void append_json_line(std::string& to, const ShareRow& row) {
    char before = '{';
    for (const auto& column : columns()) {
        to.push_back(before);
        before = ',';
        to.push_back('"');
        to += column.name;
        to += "\":";
        const auto text = column.text(row);
        if (!text)
            to += "null";
        else if (column.kind == ColumnKind::number || column.kind == ColumnKind::boolean)
            to += *text;
        else
            append_json_string(to, *text);
    }
    to += "}\n";
}

void append_csv_field(std::string& to, std::string_view text) {
    if (text.find_first_of("\",\r\n") == std::string_view::npos) {
        to += text;
        return;
    }
    to.push_back('"');
    for (const char c : text) {
        if (c == '"') to.push_back('"');
        to.push_back(c);
    }
    to.push_back('"');
}

/// A line of CSV must stay one line: names are cut of control characters here.
std::string without_line_ends(std::string text) {
    for (auto& c : text)
        if (c == '\n' || c == '\r') c = ' ';
    return text;
}

void append_csv_line(std::string& to, const ShareRow& row) {
    char end = 0;
    for (const auto& column : columns()) {
        if (end != 0) to.push_back(end);
        end = ',';
        if (const auto text = column.text(row)) append_csv_field(to, without_line_ends(*text));
    }
    to.push_back('\n');
}

/// Nothing when the quotes do not fit each other.
std::optional<std::vector<std::string>> split_csv(std::string_view line) {
    std::vector<std::string> fields(1);
    bool is_quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (is_quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back().push_back('"');
            ++i;
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (c == ',' && !is_quoted) {
            fields.emplace_back();
        } else {
            fields.back().push_back(c);
        }
    }
    if (is_quoted) return std::nullopt;
    return fields;
}

const Column* find_column(std::string_view name) {
    const auto all = columns();
    const auto found = std::ranges::find(all, name, &Column::name);
    return found == all.end() ? nullptr : &*found;
}

std::string wrong_value(std::string_view name, std::string_view text) {
    return fmt::format("the field {} cannot be \"{}\"", name, text.substr(0, 80));
}

Read read_json(std::string_view line) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
        return base::unexpected(std::string{"not an object of JSON"});
    ShareRow row;
    for (const auto& [name, value] : object) {
        const auto* column = find_column(name);
        if (column == nullptr || value.is_null()) continue;
        std::string text;
        if (std::string_view string; value.get(string) == simdjson::SUCCESS)
            text = string;
        else
            text = simdjson::minify(value);
        if (!column->read(text, row)) return base::unexpected(wrong_value(name, text));
    }
    return std::optional{std::move(row)};
}

}  // namespace

std::string_view format_name(TextFormat format) {
    return format == TextFormat::csv ? "csv" : "jsonl";
}

std::optional<TextFormat> format_from(std::string_view name) {
    if (name == "jsonl") return TextFormat::jsonl;
    if (name == "csv") return TextFormat::csv;
    return std::nullopt;
}

std::string header_line(TextFormat format) {
    std::string line;
    if (format == TextFormat::jsonl) return line;
    for (const auto& column : columns()) {
        if (!line.empty()) line.push_back(',');
        line += column.name;
    }
    line.push_back('\n');
    return line;
}

void append_line(std::string& to, const ShareRow& row, TextFormat format) {
    if (format == TextFormat::csv)
        append_csv_line(to, row);
    else
        append_json_line(to, row);
}

void append_copy_line(std::string& to, const ShareRow& row) {
    bool is_first = true;
    for (const auto& column : columns()) {
        if (!is_first) to.push_back('\t');
        is_first = false;
        const auto text = column.text(row);
        if (!text) {
            to += "\\N";
            continue;
        }
        if (column.kind == ColumnKind::hex) to += "\\\\x";
        for (const char c : *text) {
            switch (c) {
                case '\\': to += "\\\\"; break;
                case '\t': to += "\\t"; break;
                case '\n': to += "\\n"; break;
                case '\r': to += "\\r"; break;
                default: to.push_back(c);
            }
        }
    }
    to.push_back('\n');
}

Read LineReader::read(std::string_view line) {
    return format_ == TextFormat::csv ? read_csv(line) : read_json(line);
}

Read LineReader::read_csv(std::string_view line) {
    auto fields = split_csv(line);
    if (!fields) return base::unexpected(std::string{"a quote without its end"});
    if (names_.empty() || (*fields == names_)) {
        if (find_column(fields->front()) == nullptr)
            return base::unexpected(std::string{"a CSV begins with the names of its columns"});
        names_ = *std::move(fields);
        return std::optional<ShareRow>{};
    }
    if (fields->size() != names_.size())
        return base::unexpected(
            fmt::format("{} fields where there are {} names", fields->size(), names_.size()));
    ShareRow row;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const auto* column = find_column(names_[i]);
        const auto& text = (*fields)[i];
        // What is absent is empty, and so is an empty name.
        if (column == nullptr || text.empty()) continue;
        if (!column->read(text, row)) return base::unexpected(wrong_value(names_[i], text));
    }
    return std::optional{std::move(row)};
}

}  // namespace share_export
