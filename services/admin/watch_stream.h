#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>

#include "rpc/mailbox.h"

namespace admin {

/// A watcher's end of a stream. It takes one message at a time, as bytes that many watchers share:
/// whoever reads slowly holds one message and no queue.
///
/// The loop's alone, but for the callbacks by which gRPC's threads say what became of a write.
class WatchStream final : private grpc::ServerWriteReactor<grpc::ByteBuffer>,
                          public std::enable_shared_from_this<WatchStream> {
  public:
    using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;
    using OnOpen = std::function<void(const std::shared_ptr<WatchStream>&)>;

    /// Called by a method of the service, on gRPC's thread: `on_open` runs on the loop. Where the
    /// loop has ended already the watcher is sent away.
    static Reactor* accept(const rpc::Mailbox::Sender& to_loop, OnOpen on_open);
    /// The same for one who may not watch.
    static Reactor* refuse(const grpc::Status& status);

    /// `on_idle` runs whenever the next message may be sent, but not for the first; `on_closed`
    /// once, when the watcher is gone, by whatever side.
    void begin(std::function<void()> on_idle, std::function<void()> on_closed);

    bool is_idle() const { return !is_writing_ && !is_finished_; }
    /// Only while it is idle.
    void send(const grpc::ByteBuffer& message);
    void finish(const grpc::Status& status);

  private:
    class Offer;

    explicit WatchStream(rpc::Mailbox::Sender to_loop) : to_loop_(std::move(to_loop)) {}

    void OnWriteDone(bool ok) override;
    void OnCancel() override;
    void OnDone() override { self_.reset(); }
    void written(bool ok);
    void cancelled();

    rpc::Mailbox::Sender to_loop_;
    std::shared_ptr<WatchStream> self_{};  // until gRPC is done with us
    grpc::ByteBuffer writing_{};
    std::function<void()> on_idle_{};
    std::function<void()> on_closed_{};
    bool is_writing_ = false;
    bool is_cancelled_ = false;
    bool is_finished_ = false;
};

}  // namespace admin
