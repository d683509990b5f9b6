#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <utility>

namespace templates {

/// Where work runs that would hold the loop up: one piece after the other, in the order given. It
/// owns nothing, and posts what comes of it to the loop.
class Background {
  public:
    virtual ~Background() = default;
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    virtual void post(std::function<void()> work) = 0;
    /// Waits for all that was given.
    virtual void join() = 0;

  protected:
    Background() = default;
};

/// A thread.
class BackgroundThread final : public Background {
  public:
    void post(std::function<void()> work) override { boost::asio::post(thread_, std::move(work)); }
    void join() override { thread_.join(); }

  private:
    boost::asio::thread_pool thread_{1};
};

}  // namespace templates
