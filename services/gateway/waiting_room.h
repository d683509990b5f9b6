#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// Connections that are not read until somebody calls: each then looks whether it may go on, and
/// may wait here again.
template <class Connection>
class WaitingRoom {
  public:
    void add(std::shared_ptr<Connection> connection) { waiting_.push_back(std::move(connection)); }
    void call() {
        for (const auto& connection : std::exchange(waiting_, {})) connection->resume();
    }
    std::size_t size() const { return waiting_.size(); }

  private:
    std::vector<std::shared_ptr<Connection>> waiting_{};
};

}  // namespace gateway
