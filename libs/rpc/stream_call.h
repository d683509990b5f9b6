#pragma once

#include <grpcpp/support/status.h>

#include <functional>
#include <memory>

namespace rpc {

/// A server stream that somebody reads, one response at a time. On the loop: handlers run on it,
/// never inside a call to the stream, and none any more once the stream is destroyed.
template <class Response>
class StreamCall {
  public:
    struct Handlers {
        /// The first, and after each read_on() the next.
        std::function<void(const Response&)> on_response{};
        /// Once, the last of all. The stream may be destroyed in it.
        std::function<void(const grpc::Status&)> on_done{};
    };

    /// Cancels.
    virtual ~StreamCall() = default;
    StreamCall(const StreamCall&) = delete;
    StreamCall& operator=(const StreamCall&) = delete;

    virtual void read_on() = 0;
    /// `on_done` follows.
    virtual void cancel() = 0;

  protected:
    StreamCall() = default;
};

}  // namespace rpc
