#pragma once

#include <string>
#include <string_view>

namespace translator {

/// Where a miner's session leaves what the miner is to read: its connection.
class MinerOutlet {
  public:
    virtual ~MinerOutlet() = default;
    /// Whole lines are appended here, in the order in which they leave; flush_soon() follows.
    virtual std::string& lines() = 0;
    virtual void flush_soon() = 0;
    /// So much is unread that a job of the same tip would only come too late.
    virtual bool is_backed_up() const = 0;
    /// Sends what the socket takes at once, and ends. `reason` is a name for the metric.
    virtual void close(std::string_view reason) = 0;

  protected:
    MinerOutlet() = default;
    MinerOutlet(const MinerOutlet&) = default;
    MinerOutlet& operator=(const MinerOutlet&) = default;
};

}  // namespace translator
