#pragma once

#include <cstdint>
#include <string>
#include <zmq.hpp>

#include "bitcoin/target.h"

namespace devnode {

/// Announces blocks by ZeroMQ as full nodes do with zmqpubhashblock. Lives on one loop, never
/// waits.
class BlockPublisher {
  public:
    /// Errors: throws zmq::error_t when the endpoint ("tcp://127.0.0.1:28332") cannot be had.
    explicit BlockPublisher(const std::string& endpoint);

    void announce(const bitcoin::BlockHash& hash);

  private:
    zmq::context_t context_{1};
    zmq::socket_t socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace devnode
