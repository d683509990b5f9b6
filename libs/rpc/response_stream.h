#pragma once

#include <grpcpp/support/status.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace rpc {

/// A subscriber's end of a server stream, of the loop. A subscriber that reads too slowly is ended
/// with RESOURCE_EXHAUSTED instead of being given a stream with a hole.
template <class Response>
class ResponseStream {
  public:
    virtual ~ResponseStream() = default;
    ResponseStream(const ResponseStream&) = delete;
    ResponseStream& operator=(const ResponseStream&) = delete;

    /// Sends what makes a snapshot; how much that is does not count against the bound of what
    /// follows. `queue_max` is that bound; `on_closed` runs once, on the loop, when the
    /// subscriber is gone, by whatever side.
    virtual void begin(std::vector<Response> snapshot, std::size_t queue_max,
                       std::function<void()> on_closed) = 0;
    /// Numbers and sends one response. May find the subscriber too slow and call `on_closed`.
    virtual void push(Response response) = 0;
    virtual void finish(const grpc::Status& status) = 0;
    /// What waits.
    virtual std::size_t queue_depth() const = 0;

  protected:
    ResponseStream() = default;
};

}  // namespace rpc
