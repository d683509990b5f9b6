#include "aditctl/history_table.h"

#include <fmt/format.h>

#include <cstdio>

#include "aditctl/row_printer.h"
#include "aditctl/text.h"

namespace aditctl {

void print_history(
    const GlobalOptions& options,
    const google::protobuf::RepeatedPtrField<adit::admin::v1::HistoryPoint>& points) {
    if (options.output != Output::table) {
        JsonList list{options.output};
        for (const auto& point : points) list.add(point);
        return;
    }
    const std::vector<Head> heads{{"FROM"},
                                  {"RATE", Align::right},
                                  {"ACCEPTED/MIN", Align::right},
                                  {"REJECTED/MIN", Align::right},
                                  {"CONVERGENCE", Align::right}};
    std::vector<std::vector<Cell>> rows;
    for (const auto& point : points)
        rows.push_back({time_text(point.start_time()), hash_rate_text(point.hash_rate()),
                        magnitude_text(point.accepted_per_minute()),
                        Cell{magnitude_text(point.rejected_per_minute()),
                             point.rejected_per_minute() > 0 ? Tone::warning : Tone::plain},
                        point.convergence() > 0 ? fmt::format("{:.2f}", point.convergence())
                                                : std::string{"-"}});
    print_lines(table_lines(heads, rows, options.has_color(fileno(stdout))));
}

}  // namespace aditctl
