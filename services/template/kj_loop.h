#pragma once

#include <kj/async.h>

#include <boost/asio/io_context.hpp>

namespace templates {

/// KJ's event loop, on which Cap'n Proto runs, as a guest of ours: its events run on our thread, in
/// turns of our loop, and nothing in it ever waits. KJ allows a thread one loop, so there is one
/// per io_context: of(loop) makes it, and it ends with the io_context. All that uses it is
/// destroyed before.
///
/// Called by the loop's thread only.
class KjLoop final : public boost::asio::execution_context::service, private kj::EventPort {
  public:
    static boost::asio::execution_context::id id;

    /// The one of this loop; from here on promises can be made on this thread.
    static KjLoop& of(boost::asio::io_context& loop);

    explicit KjLoop(boost::asio::execution_context& context);
    ~KjLoop() noexcept override {}

  private:
    void shutdown() override {}
    void schedule();
    void turn();

    // kj::EventPort. KJ only waits or polls in Promise::wait(), which nobody calls.
    bool wait() override;
    bool poll() override { return false; }
    void setRunnable(bool runnable) override;

    boost::asio::io_context& loop_;
    kj::EventLoop events_;
    kj::WaitScope scope_;
    bool is_scheduled_ = false;
};

}  // namespace templates
