#pragma once

#include <boost/asio/signal_set.hpp>
#include <functional>
#include <string_view>

#include "service/loop.h"

namespace service {

/// Turns SIGTERM and SIGINT into one call on the loop, and each one after the first into another:
/// somebody is out of patience. Unless told otherwise the process then exits, see exit_at_once().
/// Owned by main; called by the loop.
class Shutdown {
  public:
    using OnSignal = std::function<void(std::string_view signal)>;

    Shutdown(Loop& loop, OnSignal on_first);
    /// The same, choosing what each signal after the first does.
    Shutdown(Loop& loop, OnSignal on_first, OnSignal on_second);

  private:
    void wait();

    boost::asio::signal_set signals_;
    OnSignal on_first_;
    OnSignal on_second_;
};

/// With status 1, and nothing is ended in order.
[[noreturn]] void exit_at_once(std::string_view signal);

}  // namespace service
