#pragma once

#include <boost/asio/signal_set.hpp>
#include <functional>
#include <string_view>

#include "service/loop.h"

namespace service {

/// Turns SIGTERM and SIGINT into one call on the loop. A second signal means that somebody is out
/// of patience: the process exits at once with status 1. Owned by main; called by the loop.
class Shutdown {
  public:
    using OnSignal = std::function<void(std::string_view signal)>;

    Shutdown(Loop& loop, OnSignal on_first);
    /// The same with what a second signal does chosen by a test.
    Shutdown(Loop& loop, OnSignal on_first, OnSignal on_second);

  private:
    void wait();

    boost::asio::signal_set signals_;
    OnSignal on_first_;
    OnSignal on_second_;
};

}  // namespace service
