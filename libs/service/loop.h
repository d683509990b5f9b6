#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace service {

/// The one event loop of a process. The thread that calls run() owns all mutable state; every other
/// thread owns nothing and hands in messages with post().
class Loop {
  public:
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs handlers until stop(). Called once, by main.
    void run();

    /// Ends run() after the handler that runs now. From any thread.
    void stop() { context_.stop(); }

    /// Runs `message` on the loop, in the order posted. From any thread.
    template <class F>
    void post(F&& message) {
        boost::asio::post(context_, std::forward<F>(message));
    }

    boost::asio::io_context& context() { return context_; }

  private:
    boost::asio::io_context context_{1};  // one thread runs it
};

}  // namespace service
