#include "aditctl/top_screen.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "aditctl/names.h"
#include "aditctl/worst_workers.h"

namespace aditctl {
namespace {

constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

class Screen {
  public:
    Screen(ScreenSize size, bool has_color) : size_(size), has_color_(has_color) {}

    /// One line of pieces, one behind the other.
    void add(const std::vector<Cell>& pieces) {
        std::string line;
        std::size_t used = 0;
        for (const auto& piece : pieces) {
            const auto room = size_.columns == 0 ? no_end : size_.columns - used;
            const auto text = cropped(piece.text, room);
            used += width_of(text);
            line += painted(text, piece.tone, has_color_);
        }
        lines_.push_back(std::move(line));
    }

    void add_table(const std::vector<Head>& heads, const std::vector<std::vector<Cell>>& rows) {
        for (auto& line : table_lines(heads, rows, has_color_, size_.columns))
            lines_.push_back(std::move(line));
    }

    std::size_t room() const {
        if (size_.rows == 0) return no_end;
        return size_.rows - std::min(size_.rows, lines_.size());
    }

    std::vector<std::string> finish() && {
        if (size_.rows > 0 && lines_.size() > size_.rows) lines_.resize(size_.rows);
        return std::move(lines_);
    }

  private:
    ScreenSize size_;
    bool has_color_;
    std::vector<std::string> lines_{};
};

void add_figures(Screen& screen, const TopData& data, const TopView& view, Now now) {
    const auto& pool = data.pool;
    const bool is_ill = pool.problems_critical() > 0;
    screen.add(
        {{"adit top  ", Tone::strong},
         {view.admin + "  "},
         {fmt::format("{:%H:%M:%S} UTC  ", fmt::gmtime(std::chrono::system_clock::to_time_t(now)))},
         {fmt::format("{} critical, {} warnings", pool.problems_critical(),
                      pool.problems_warning()),
          is_ill                        ? Tone::bad
          : pool.problems_warning() > 0 ? Tone::warning
                                        : Tone::good}});
    if (!data.trouble.empty()) screen.add({{"! " + data.trouble, Tone::bad}});
    const auto& rates = pool.hash_rates();
    screen.add(
        {{"rate    ", Tone::dim},
         {fmt::format("1m {}   5m {}   1h {}   24h {}", hash_rate_text(rates.last_minute()),
                      hash_rate_text(rates.last_5_minutes()), hash_rate_text(rates.last_hour()),
                      hash_rate_text(rates.last_day()))}});
    auto valid = valid_cell(pool.shares_last_hour());
    valid.text += " valid in 1h";
    screen.add({{"shares  ", Tone::dim},
                {fmt::format("{}/min   ", magnitude_text(pool.accepted_per_minute()))},
                valid,
                {fmt::format("   convergence {:.2f}", pool.convergence().median_ratio())}});
    screen.add(
        {{"miners  ", Tone::dim},
         {fmt::format("{} connections   {} channels   {} workers   {} accounts", pool.connections(),
                      pool.channels(), pool.active_workers(), pool.active_identities())}});
    screen.add(
        {{"chain   ", Tone::dim},
         {fmt::format("height {}   template {} old   blocks in 24h {}, {} due   last {}",
                      pool.height(), age_text(pool.template_time(), now), pool.blocks_last_day(),
                      magnitude_text(pool.expected_blocks_last_day()),
                      age_text(pool.last_block_time(), now))}});
}

void add_problems(Screen& screen, const TopData& data, std::size_t rows_max, Now now) {
    if (data.problems.empty() || rows_max == 0) return;
    screen.add({{""}});
    const auto chosen = columns_for<v1::Problem>(false);
    std::vector<std::vector<Cell>> rows;
    for (const auto& problem : data.problems) {
        if (rows.size() == rows_max) break;
        rows.push_back(cells_of(chosen, problem, now));
    }
    screen.add_table(heads_of(chosen), rows);
    if (data.problems.size() > rows.size())
        screen.add(
            {{fmt::format("... and {} more: aditctl problems", data.problems.size() - rows.size()),
              Tone::dim}});
}

/// Those that do not do their work first, then who waits longest.
std::vector<const v1::Service*> by_need(const std::vector<v1::Service>& services) {
    std::vector<const v1::Service*> sorted;
    for (const auto& service : services) sorted.push_back(&service);
    const auto rank = [](const v1::Service* service) {
        double oldest = 0;
        bool is_stalled = false;
        for (const auto& stage : service->stages()) {
            if (stage.depth() > 0) oldest = std::max(oldest, stage.oldest_seconds());
            is_stalled = is_stalled || stage.is_stalled();
        }
        const bool is_well = service->state() == v1::Service::STATE_READY;
        return std::tuple{is_well, !is_stalled, oldest < 1 ? 0.0 : -oldest, service->name()};
    };
    std::ranges::sort(sorted, {}, rank);
    return sorted;
}

void add_services(Screen& screen, const TopData& data, std::size_t rows_max, Now now) {
    if (data.services.empty() || rows_max == 0) return;
    screen.add({{""}});
    const auto chosen = columns_for<v1::Service>(false);
    std::vector<std::vector<Cell>> rows;
    for (const auto* const service : by_need(data.services)) {
        if (rows.size() == rows_max) break;
        rows.push_back(cells_of(chosen, *service, now));
    }
    screen.add_table(heads_of(chosen), rows);
    if (data.services.size() > rows.size())
        screen.add({{fmt::format("... and {} more: aditctl services list",
                                 data.services.size() - rows.size()),
                     Tone::dim}});
}

void add_workers(Screen& screen, const TopData& data, const TopView& view, Now now) {
    screen.add({{""}});
    auto chosen = columns_for<v1::Worker>(false);
    chosen.push_back(
        {.head = {"WHY"}, .shown = Shown::always, .cell = [](const v1::Worker& worker, Now) {
             return Cell{loss_text(worker)};
         }});
    const auto count = data.workers.size();
    const auto room = screen.room();
    const auto rows_max = room == no_end ? count : room > 1 ? room - 1 : 0;
    const auto first = std::min(view.first, count > rows_max ? count - rows_max : 0);
    std::vector<std::vector<Cell>> rows;
    for (std::size_t i = first; i < count && rows.size() < rows_max; ++i)
        rows.push_back(cells_of(chosen, data.workers[i], now));
    auto heads = heads_of(chosen);
    heads.front().text = "WORKER";
    screen.add_table(heads, rows);
}

void add_keys(Screen& screen, const TopView& view) {
    const auto order =
        fmt::format("workers: {}{}", sort_text(view.sort), view.is_reversed ? ", reversed" : "");
    screen.add(
        {{order + "   ", Tone::strong},
         {view.has_help ? "q quit   s next order   r reverse   up/down/space/b scroll   g first"
                        : "q quit   s order   r reverse   h help",
          Tone::dim}});
}

}  // namespace

WorkerSort next_sort(WorkerSort sort) {
    return sort == WorkerSort::name ? WorkerSort::worst
                                    : static_cast<WorkerSort>(static_cast<int>(sort) + 1);
}

const char* sort_text(WorkerSort sort) {
    switch (sort) {
        case WorkerSort::worst: return "worst first";
        case WorkerSort::hash_rate: return "by hash rate";
        case WorkerSort::rejected: return "by refused shares";
        case WorkerSort::silence: return "by last share";
        case WorkerSort::name: return "by name";
    }
    return "";
}

std::vector<std::string> top_lines(const TopData& data, const TopView& view, ScreenSize size,
                                   Now now) {
    // The last line is for the keys, on a terminal.
    const auto rows = size.rows == 0 ? 0 : std::max<std::size_t>(size.rows, 2) - 1;
    Screen screen{{.rows = rows, .columns = size.columns}, view.has_color};
    add_figures(screen, data, view, now);
    // What is left, in thirds: a table has a head, an empty line above, perhaps a line below.
    const auto part =
        rows == 0 ? no_end : screen.room() / 3 - std::min<std::size_t>(screen.room() / 3, 3);
    add_problems(screen, data, part, now);
    add_services(screen, data, part, now);
    if (screen.room() > 2) add_workers(screen, data, view, now);
    auto lines = std::move(screen).finish();
    if (rows > 0) {
        lines.resize(rows);
        Screen keys{{.rows = 1, .columns = size.columns}, view.has_color};
        add_keys(keys, view);
        lines.push_back(std::move(keys).finish().front());
    }
    return lines;
}

}  // namespace aditctl
