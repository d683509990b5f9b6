#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "share_export/share_row.h"

namespace share_export {

enum class TextFormat { jsonl, csv };

/// "jsonl", "csv".
std::string_view format_name(TextFormat format);
std::optional<TextFormat> format_from(std::string_view name);

/// What a file of this format begins with: the names of a CSV's columns, nothing for JSON Lines.
std::string header_line(TextFormat format);

/// Appends the share as one line, its end included. CSV as in RFC 4180 with "\n"; what a share does
/// not have is null in JSON and empty in CSV.
void append_line(std::string& to, const ShareRow& row, TextFormat format);

/// Appends the share as PostgreSQL's COPY takes it (text format), its end included.
void append_copy_line(std::string& to, const ShareRow& row);

/// Reads lines back. A field that it does not know is passed over, a field that is missing keeps
/// its default: files of other versions can be read.
class LineReader {
  public:
    explicit LineReader(TextFormat format) : format_(format) {}

    /// One line without its end; nothing for a CSV's line of names.
    /// Errors: what is wrong with the line, for an operator.
    base::Result<std::optional<ShareRow>, std::string> read(std::string_view line);

  private:
    base::Result<std::optional<ShareRow>, std::string> read_csv(std::string_view line);

    TextFormat format_;
    /// The columns of the CSV that is being read; of the line of names.
    std::vector<std::string> names_{};
};

}  // namespace share_export
