#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "rpc/replica_set.h"
#include "rpc/template_link.h"
#include "template/feed.h"
#include "template/metrics.h"

namespace templates {

/// The streams of the other replicas, with transactions. Owned by the loop.
class Peers {
  public:
    /// `on_lost` hears of a stream that ended.
    Peers(boost::asio::io_context& loop, base::Random& random, Feed& feed, Metrics& metrics,
          rpc::DialTemplates dial, std::function<void()> on_lost);
    ~Peers();
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    /// `host:port` of each of the others, whenever these change. Not inside a handler.
    void set(const std::vector<std::string>& addresses);
    void start();

  private:
    class Peer;
    void show() const;
    void sweep_soon();

    Feed& feed_;
    Metrics& metrics_;
    std::function<void()> on_lost_;
    boost::asio::io_context& loop_;
    rpc::ReplicaSet<Peer> peers_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
