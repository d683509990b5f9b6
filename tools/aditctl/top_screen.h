#pragma once

#include <string>
#include <vector>

#include "aditctl/columns.h"
#include "aditctl/terminal.h"

namespace aditctl {

enum class WorkerSort { worst, hash_rate, rejected, silence, name };

/// What `aditctl top` knows of the pool.
struct TopData {
    v1::Pool pool{};
    std::vector<v1::Problem> problems{};
    std::vector<v1::Service> services{};
    std::vector<v1::Worker> workers{};
    /// Why what stands here is old; empty while it is not.
    std::string trouble{};
    Now fetched_at{};
};

/// What its user has chosen.
struct TopView {
    std::string admin{};
    WorkerSort sort{};
    bool is_reversed = false;
    /// The first worker that is shown.
    std::size_t first = 0;
    bool has_help = false;
    bool has_color = false;
};

WorkerSort next_sort(WorkerSort sort);
const char* sort_text(WorkerSort sort);

/// The screen, from the top: figures, problems, services, workers. Problems and services leave at
/// least a third of the rows to workers. No line is wider than the screen; 0 rows or columns: as
/// much as it takes.
std::vector<std::string> top_lines(const TopData& data, const TopView& view, ScreenSize size,
                                   Now now);

}  // namespace aditctl
