#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "translator/pool.h"

namespace translator {

/// The pools in their order, and which of them miners work for: the first that works. When it
/// fails the next ones are dialled, each as soon as those before it are failing; the first to
/// serve is in use. Those before the one in use are looked at now and then, and one that works at
/// every look for `return_after` is in use again.
class Pools {
  public:
    /// As Pool's constructor.
    Pools(const Pool::Parts& parts, const PoolsSettings& settings, Pool::Listener& listener);

    void on_tick(base::SteadyTime now, std::size_t channels);
    /// Decides anew; after anything has changed.
    void choose(std::size_t channels);

    /// The pool in use, if it serves.
    Pool* serving() const;
    bool has_alternative(const Pool& pool) const;
    const std::vector<std::unique_ptr<Pool>>& all() const { return pools_; }

  private:
    std::optional<std::size_t> next_in_use() const;
    void search();
    void rule_others();
    void use(std::size_t rank);

    PoolMetrics& metrics_;
    std::chrono::milliseconds return_after_;
    std::vector<std::unique_ptr<Pool>> pools_{};
    std::optional<std::size_t> in_use_{};  // the last that was
};

}  // namespace translator
