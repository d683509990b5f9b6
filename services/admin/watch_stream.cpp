#include "admin/watch_stream.h"

#include <utility>

#include "admin/api_error.h"

namespace admin {

// Carries a new stream to the loop; dropped on the way, it ends the stream.
class WatchStream::Offer {
  public:
    explicit Offer(std::shared_ptr<WatchStream> stream) : stream_(std::move(stream)) {}
    Offer(const Offer&) = delete;
    Offer& operator=(const Offer&) = delete;
    ~Offer() {
        if (stream_)
            stream_->finish(to_status({Reason::stopping, "the admin service stops; ask again"}));
    }
    std::shared_ptr<WatchStream> take() { return std::exchange(stream_, nullptr); }

  private:
    std::shared_ptr<WatchStream> stream_;
};

WatchStream::Reactor* WatchStream::accept(const rpc::Mailbox::Sender& to_loop, OnOpen on_open) {
    auto stream = std::shared_ptr<WatchStream>(new WatchStream{to_loop});
    stream->self_ = stream;
    auto offer = std::make_shared<Offer>(stream);
    to_loop.post([offer, on_open = std::move(on_open)] { on_open(offer->take()); });
    return stream.get();
}

WatchStream::Reactor* WatchStream::refuse(const grpc::Status& status) {
    class Refusal final : public Reactor {
      public:
        explicit Refusal(const grpc::Status& why) { Finish(why); }
        void OnDone() override { delete this; }
    };
    return new Refusal{status};
}

void WatchStream::begin(std::function<void()> on_idle, std::function<void()> on_closed) {
    on_idle_ = std::move(on_idle);
    on_closed_ = std::move(on_closed);
    if (is_cancelled_) finish(grpc::Status::CANCELLED);
}

void WatchStream::send(const grpc::ByteBuffer& message) {
    if (!is_idle()) return;
    is_writing_ = true;
    writing_ = message;  // counts a reference, copies nothing
    StartWrite(&writing_);
}

void WatchStream::finish(const grpc::Status& status) {
    if (std::exchange(is_finished_, true)) return;
    Finish(status);
    on_idle_ = {};
    if (const auto closed = std::exchange(on_closed_, {})) closed();
}

void WatchStream::OnWriteDone(bool ok) {
    to_loop_.post([self = shared_from_this(), ok] { self->written(ok); });
}

void WatchStream::OnCancel() {
    to_loop_.post([self = shared_from_this()] { self->cancelled(); });
}

void WatchStream::written(bool ok) {
    is_writing_ = false;
    writing_.Clear();
    if (!ok) return cancelled();
    if (const auto idle = on_idle_) idle();
}

void WatchStream::cancelled() {
    is_cancelled_ = true;
    // Before begin() there is nobody to tell; begin() looks at the flag.
    if (on_closed_) finish(grpc::Status::CANCELLED);
}

}  // namespace admin
