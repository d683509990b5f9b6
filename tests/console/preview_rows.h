#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "admin/console_api.h"
#include "admin/view.h"
#include "base/clock.h"
#include "base/random.h"

namespace preview {

/// A pool that does not exist. The same rows for the same number of workers.
class Rows {
  public:
    Rows(const base::Clock& clock, std::size_t workers, bool is_well);

    const admin::View& view() const { return view_; }
    admin::HistorySource history();
    /// A second has passed.
    void move();

  private:
    double chance();
    admin::proto::ShareCounts shares(double accepted);
    admin::proto::Worker worker(std::size_t number);
    void fill_workers(std::size_t count);
    void fill_services();
    void fill_nodes();
    void fill_blocks();
    void fill_problems();
    void move_pool();
    admin::ShownHistory history_of(double rate, std::chrono::seconds window) const;

    const base::Clock& clock_;
    base::SeededRandom random_{1};
    admin::View view_{};
    std::size_t workers_;
    double total_rate_ = 0;
};

}  // namespace preview
