#include "aditctl/row_printer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "aditctl/describe.h"
#include "aditctl/names.h"
#include "aditctl/status_text.h"

namespace aditctl {
namespace {

constexpr std::size_t table_rows_default = 100;
constexpr std::size_t page_size_max = 1000;
constexpr std::chrono::seconds pause_after_break{1};

std::string clock_text() {
    return fmt::format(
        "{:%H:%M:%S}",
        fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace

void add_watch_options(CLI::App& command, ListOptions& options) {
    command
        .add_option("--filter", options.filter,
                    "Which rows, such as 'state = SILENT AND hash_rates.last_hour > 1e12'; fields "
                    "are named as in --output json")
        ->type_name("EXPRESSION");
    command.add_flag("--wide", options.is_wide, "More columns");
}

void add_list_options(CLI::App& command, ListOptions& options) {
    add_watch_options(command, options);
    command.add_option("--order-by", options.order_by, "Such as 'hash_rates.last_hour desc, name'")
        ->type_name("FIELDS");
    command
        .add_option("--limit", options.limit,
                    "At most so many rows, 0 for all; 100 unless said, in JSON all")
        ->type_name("ROWS");
}

std::size_t limit_of(const ListOptions& list, Output output) {
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    if (list.limit) return *list.limit == 0 ? all : *list.limit;
    return output == Output::table ? table_rows_default : all;
}

std::int32_t page_size_for(std::size_t wanted) {
    return static_cast<std::int32_t>(std::min(wanted, page_size_max));
}

void print_lines(const std::vector<std::string>& lines) {
    for (const auto& line : lines) fmt::print("{}\n", line);
}

void print_message(const GlobalOptions& options, const google::protobuf::Message& message) {
    if (options.output == Output::table)
        fmt::print("{}", describe(message, std::chrono::system_clock::now()));
    else
        fmt::print("{}\n", to_json(message));
}

JsonList::JsonList(Output output) : output_(output) {
    if (output_ == Output::json) fmt::print("[");
}

JsonList::~JsonList() {
    if (output_ == Output::json) fmt::print("{}]\n", is_empty_ ? "" : "\n");
}

void JsonList::add(const google::protobuf::Message& message) {
    if (output_ == Output::json)
        fmt::print("{}\n{}", is_empty_ ? "" : ",", to_json(message));
    else
        fmt::print("{}\n", to_json(message));
    is_empty_ = false;
}

WatchPrinter::WatchPrinter(const GlobalOptions& options, std::vector<Head> heads)
    : options_(options),
      heads_(std::move(heads)),
      is_live_(options.output == Output::table && isatty(STDOUT_FILENO) == 1) {}

void WatchPrinter::upserted(const google::protobuf::Message& row, const MakeCells& cells) {
    has_had_anything_ = true;
    if (is_live_) return;
    if (options_.output != Output::table) {
        fmt::print("{{\"upserted\":{}}}\n", to_json(row));
        return;
    }
    std::string line = clock_text();
    const auto made = cells();
    for (std::size_t i = 0; i < made.size(); ++i)
        line += fmt::format("  {}={}", heads_[i].text, made[i].text);
    fmt::print("{}\n", line);
}

void WatchPrinter::removed(const std::string& name) {
    if (is_live_) return;
    if (options_.output != Output::table)
        fmt::print("{}\n", nlohmann::json{{"removed", name}}.dump());
    else
        fmt::print("{}  {} is gone\n", clock_text(), short_name(name));
}

void WatchPrinter::batch_ended(bool is_synced, const MakeRows& rows) {
    has_had_anything_ = true;
    if (is_synced && !is_synced_ && options_.output != Output::table)
        fmt::print("{{\"synced\":true}}\n");
    is_synced_ = is_synced_ || is_synced;
    if (is_live_ && is_synced_) draw(rows);
    std::fflush(stdout);
}

void WatchPrinter::draw(const MakeRows& rows) const {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
    const auto all = rows();
    auto lines = table_lines(heads_, all, options_.has_color(STDOUT_FILENO), size.ws_col);
    const std::size_t space = std::max<std::size_t>(size.ws_row, 3) - 2;
    const auto left_out = lines.size() > space ? lines.size() - space : 0;
    lines.resize(lines.size() - left_out);
    std::string text = "\x1b[H\x1b[2J";
    for (const auto& line : lines) text += line + "\n";
    text += left_out > 0 ? fmt::format("... and {} more; --filter shows fewer. ", left_out) : "";
    fmt::print("{}{} UTC, Ctrl-C ends", text, clock_text());
}

bool WatchPrinter::must_begin_anew(const grpc::Status& status, const std::string& where) {
    if (status.error_code() == grpc::StatusCode::OUT_OF_RANGE && has_had_anything_) {
        is_synced_ = false;
        return true;
    }
    const bool is_a_break =
        status.ok() || exit_code_of(status.error_code()) == ExitCode::unreachable;
    if (!has_had_anything_ || !is_a_break) throw failure_of(status, where);
    fmt::print(stderr, "\naditctl: the connection to {} is lost; trying again\n", where);
    std::this_thread::sleep_for(pause_after_break);
    return false;
}

}  // namespace aditctl
