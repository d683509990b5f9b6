#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "template/feed.h"
#include "template/metrics.h"

namespace templates {

/// The streams of the other replicas, with transactions. Owned by the loop.
class Peers {
  public:
    /// `host:port` each. `on_lost` hears of a stream that ended.
    Peers(boost::asio::io_context& loop, base::Random& random, Feed& feed, Metrics& metrics,
          const std::vector<std::string>& addresses, std::function<void()> on_lost);
    ~Peers();
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    void start();

  private:
    class Peer;
    void show() const;

    Feed& feed_;
    Metrics& metrics_;
    std::function<void()> on_lost_;
    std::vector<std::unique_ptr<Peer>> peers_{};
};

}  // namespace templates
