#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "rpc/mailbox.h"
#include "rpc/response_queue.h"
#include "rpc/response_stream.h"

namespace rpc {

/// A subscriber's end of a server stream: a bounded queue in front of gRPC.
///
/// The loop's alone, but for the two callbacks by which gRPC's threads say what became of a write.
template <class Response>
class ServerStream final : public ResponseStream<Response>,
                           private grpc::ServerWriteReactor<Response>,
                           public std::enable_shared_from_this<ServerStream<Response>> {
  public:
    using Reactor = grpc::ServerWriteReactor<Response>;
    using OnOpen = std::function<void(const std::shared_ptr<ServerStream>&)>;

    /// Called by a method of the service, on gRPC's thread: `on_open` runs on the loop. Where
    /// the loop has ended already the subscriber is sent away with UNAVAILABLE.
    static Reactor* accept(const Mailbox::Sender& to_loop, OnOpen on_open) {
        auto stream = std::shared_ptr<ServerStream>(new ServerStream{to_loop});
        stream->self_ = stream;
        auto offer = std::make_shared<Offer>(stream);
        to_loop.post([offer, on_open = std::move(on_open)] { on_open(offer->take()); });
        return stream.get();
    }

    void begin(std::vector<Response> snapshot, std::size_t queue_max,
               std::function<void()> on_closed) override {
        on_closed_ = std::move(on_closed);
        queue_.begin(std::move(snapshot), queue_max);
        write_next();
        if (is_cancelled_) finish(grpc::Status::CANCELLED);
    }

    void push(Response response) override {
        if (is_finished_) return;
        if (!queue_.push(std::move(response)))
            return finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                           "the subscriber reads too slowly; ask again"});
        write_next();
    }

    void finish(const grpc::Status& status) override {
        if (std::exchange(is_finished_, true)) return;
        queue_.clear();
        this->Finish(status);
        if (const auto closed = std::exchange(on_closed_, {})) closed();
    }

    std::size_t queue_depth() const override { return queue_.size(); }

  private:
    // Carries a new stream to the loop; dropped on the way, it ends the stream.
    class Offer {
      public:
        explicit Offer(std::shared_ptr<ServerStream> stream) : stream_(std::move(stream)) {}
        Offer(const Offer&) = delete;
        Offer& operator=(const Offer&) = delete;
        ~Offer() {
            if (stream_) stream_->finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
        }
        std::shared_ptr<ServerStream> take() { return std::exchange(stream_, nullptr); }

      private:
        std::shared_ptr<ServerStream> stream_;
    };

    explicit ServerStream(Mailbox::Sender to_loop) : to_loop_(std::move(to_loop)) {}

    void write_next() {
        if (is_writing_ || is_finished_) return;
        auto next = queue_.take();
        if (!next) return;
        is_writing_ = true;
        writing_ = *std::move(next);
        this->StartWrite(&writing_);
    }

    void OnWriteDone(bool ok) override {
        to_loop_.post([self = self_, ok] {
            self->is_writing_ = false;
            if (!ok) return self->cancelled();
            self->write_next();
        });
    }
    void OnCancel() override {
        to_loop_.post([self = this->shared_from_this()] { self->cancelled(); });
    }
    void OnDone() override { self_.reset(); }

    void cancelled() {
        is_cancelled_ = true;
        // Before begin() there is nobody to tell; begin() looks at the flag.
        if (on_closed_) finish(grpc::Status::CANCELLED);
    }

    Mailbox::Sender to_loop_;
    std::shared_ptr<ServerStream> self_{};  // until gRPC is done with us
    ResponseQueue<Response> queue_{};
    Response writing_{};
    std::function<void()> on_closed_{};
    bool is_writing_ = false;
    bool is_cancelled_ = false;
    bool is_finished_ = false;
};

}  // namespace rpc
