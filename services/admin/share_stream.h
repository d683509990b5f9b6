#pragma once

#include <adit/admin/v1/share.pb.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <functional>
#include <memory>

#include "admin/watch_stream.h"

namespace admin {

/// A stream of shares that asks its source for more when the client has taken what there was.
/// Lives on the loop; ShareService keeps it until it is gone.
class ShareStream {
  public:
    explicit ShareStream(std::shared_ptr<WatchStream> stream) : stream_(std::move(stream)) {}
    virtual ~ShareStream() = default;
    ShareStream(const ShareStream&) = delete;
    ShareStream& operator=(const ShareStream&) = delete;

    void begin(std::function<void()> on_gone) {
        stream_->begin([this] { on_idle(); },
                       [this, gone = std::move(on_gone)] {
                           is_gone_ = true;
                           stop();
                           gone();
                       });
        if (!is_gone_) start();
    }
    void finish(const grpc::Status& status) { stream_->finish(status); }

  protected:
    virtual void start() = 0;
    /// What was sent last has been taken.
    virtual void on_idle() = 0;
    /// Nobody listens any more.
    virtual void stop() = 0;

    bool is_idle() const { return stream_->is_idle(); }
    template <class Response>
    void send(const Response& response) {
        grpc::ByteBuffer bytes;
        bool is_owned = false;
        (void)grpc::SerializationTraits<Response>::Serialize(response, &bytes, &is_owned);
        stream_->send(bytes);
    }

  private:
    std::shared_ptr<WatchStream> stream_;
    bool is_gone_ = false;
};

}  // namespace admin
