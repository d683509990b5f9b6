#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <optional>

#include "base/clock.h"

namespace templates {

/// One thread of the node, which carries out our calls one after the other: to a thread that is
/// busy version 30 must not be given another call. Calls wait here for their turn.
class IpcLane {
  public:
    IpcLane(const base::Clock& clock, capnp::Capability::Client thread)
        : clock_(clock), thread_(kj::mv(thread)) {}
    IpcLane(const IpcLane&) = delete;
    IpcLane& operator=(const IpcLane&) = delete;

    capnp::Capability::Client& thread() { return thread_; }

    /// Since when the call that has its turn waits for an answer.
    std::optional<base::SteadyTime> busy_since() const { return busy_since_; }

    /// Calls when it is its turn. The next one has its turn when the promise is resolved or
    /// dropped.
    template <class Call>
    kj::PromiseForResult<Call, void> take_turn(Call call) {
        auto done = kj::newPromiseAndFulfiller<void>();
        auto turn = kj::mv(last_);
        last_ = kj::mv(done.promise);
        return turn
            .then([this, call = kj::mv(call)]() mutable {
                busy_since_ = clock_.steady_now();
                return call();
            })
            .attach(kj::defer([this, fulfiller = kj::mv(done.fulfiller)]() mutable {
                busy_since_.reset();
                fulfiller->fulfill();
            }));
    }

  private:
    const base::Clock& clock_;
    capnp::Capability::Client thread_;
    kj::Promise<void> last_ = kj::READY_NOW;
    std::optional<base::SteadyTime> busy_since_{};
};

}  // namespace templates
