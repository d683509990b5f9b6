#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/response_queue.h"
#include "rpc/response_stream.h"
#include "rpc/stream_call.h"
#include "simulation/parts/rpc_connection.h"

namespace simulation {

/// A server stream over a simulated connection: the server's queue (rpc::ResponseQueue), a window
/// of responses on the way, and a client that reads one after the other.
template <class Response>
class RpcStream : public std::enable_shared_from_this<RpcStream<Response>> {
  public:
    using Handlers = typename rpc::StreamCall<Response>::Handlers;
    using Self = std::shared_ptr<RpcStream>;

    class ServerEnd final : public rpc::ResponseStream<Response> {
      public:
        explicit ServerEnd(Self stream) : stream_(std::move(stream)) {}
        void begin(std::vector<Response> snapshot, std::size_t queue_max,
                   std::function<void()> on_closed) override {
            stream_->on_closed_ = std::move(on_closed);
            stream_->queue_.begin(std::move(snapshot), queue_max);
            stream_->write();
            if (stream_->is_gone_) finish(grpc::Status::CANCELLED);
        }
        void push(Response response) override {
            if (stream_->is_finished_) return;
            if (!stream_->queue_.push(std::move(response)))
                return finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow"});
            stream_->write();
        }
        void finish(const grpc::Status& status) override { stream_->finish(status); }
        std::size_t queue_depth() const override { return stream_->queue_.size(); }

      private:
        Self stream_;
    };

    class ClientEnd final : public rpc::StreamCall<Response> {
      public:
        explicit ClientEnd(Self stream) : stream_(std::move(stream)) {}
        ~ClientEnd() override {
            stream_->handlers_ = {};
            stream_->abandon();
        }
        void read_on() override { stream_->read_on(); }
        void cancel() override {
            stream_->abandon();
            stream_->end_later({grpc::StatusCode::CANCELLED, "cancelled"}, {});
        }

      private:
        Self stream_;
    };

    /// `open` runs at the server, with its end of the stream.
    static std::unique_ptr<rpc::StreamCall<Response>> call(
        RpcDialer& dialer, Handlers handlers,
        std::function<void(const std::shared_ptr<rpc::ResponseStream<Response>>&)> open) {
        auto stream = std::make_shared<RpcStream>(dialer.life(), std::move(handlers));
        stream->connection_ = dialer.connect();
        if (stream->connection_ == nullptr) {
            stream->end_later({grpc::StatusCode::UNAVAILABLE, "nobody there"},
                              dialer.refusal_after());
        } else {
            stream->call_ = stream->connection_->add(
                {.on_client =
                     [stream] {
                         stream->end({grpc::StatusCode::UNAVAILABLE, "the connection is gone"});
                     },
                 .on_server = [stream] { stream->be_gone(); }});
            stream->connection_->to_server(
                [stream, open = std::move(open)] { open(std::make_shared<ServerEnd>(stream)); });
        }
        return std::make_unique<ClientEnd>(stream);
    }

    RpcStream(const Life& client, Handlers handlers)
        : client_(client), handlers_(std::move(handlers)) {}

  private:
    static constexpr int window = 4;

    // The server's side.
    void write() {
        while (window_ > 0 && !is_finished_) {
            auto next = queue_.take();
            if (!next) return;
            --window_;
            auto response = std::make_shared<Response>(*std::move(next));
            connection_->to_client(
                [self = this->shared_from_this(), response] { self->arrive(*response); });
        }
    }
    void finish(const grpc::Status& status) {
        if (std::exchange(is_finished_, true)) return;
        queue_.clear();
        connection_->to_client([self = this->shared_from_this(), status] { self->end(status); });
        if (const auto closed = std::exchange(on_closed_, {})) closed();
    }
    void be_gone() {
        is_gone_ = true;
        if (on_closed_) finish(grpc::Status::CANCELLED);
    }

    // The client's side.
    void arrive(const Response& response) {
        if (is_abandoned_) return;
        arrived_.push_back(response);
        deliver();
    }
    void deliver() {
        if (is_delivering_) return;
        is_delivering_ = true;
        while (is_wanted_ && !is_abandoned_ && !arrived_.empty()) {
            is_wanted_ = false;
            const auto response = std::move(arrived_.front());
            arrived_.pop_front();
            connection_->to_server([self = this->shared_from_this()] {
                ++self->window_;
                self->write();
            });
            const auto handlers = handlers_;
            handlers.on_response(response);
        }
        is_delivering_ = false;
    }
    void read_on() {
        is_wanted_ = true;
        if (is_delivering_) return;
        client_.after({}, [self = this->shared_from_this()] { self->deliver(); });
    }
    void abandon() {
        if (std::exchange(is_abandoned_, true) || connection_ == nullptr) return;
        connection_->remove(call_);
        connection_->to_server([self = this->shared_from_this()] { self->be_gone(); });
    }
    void end_later(const grpc::Status& status, std::chrono::microseconds wait) {
        client_.after(wait, [self = this->shared_from_this(), status] { self->end(status); });
    }
    void end(const grpc::Status& status) {
        if (std::exchange(is_ended_, true)) return;
        is_abandoned_ = true;
        if (connection_ != nullptr) connection_->remove(call_);
        const auto handlers = std::exchange(handlers_, {});
        if (handlers.on_done) handlers.on_done(status);
    }

    const Life& client_;
    std::shared_ptr<RpcConnection> connection_{};
    std::uint64_t call_ = 0;

    rpc::ResponseQueue<Response> queue_{};
    std::function<void()> on_closed_{};
    int window_ = window;
    bool is_finished_ = false;
    bool is_gone_ = false;

    Handlers handlers_;
    std::deque<Response> arrived_{};
    bool is_wanted_ = true;
    bool is_delivering_ = false;
    bool is_abandoned_ = false;
    bool is_ended_ = false;
};

/// One call with one answer, over a simulated connection.
template <class Response>
class RpcCall : public std::enable_shared_from_this<RpcCall<Response>> {
  public:
    using OnAnswer = std::function<void(const grpc::Status&, const Response&)>;
    using Answer = std::function<void(const grpc::Status&, const Response&)>;

    /// `ask` runs at the server; its argument takes the answer.
    static void call(RpcDialer& dialer, std::chrono::milliseconds deadline,
                     std::function<void(Answer)> ask, OnAnswer on_answer) {
        auto one = std::make_shared<RpcCall>();
        one->on_answer_ = std::move(on_answer);
        one->connection_ = dialer.connect();
        const auto& life = dialer.life();
        if (one->connection_ == nullptr)
            return life.after(std::min<std::chrono::microseconds>(dialer.refusal_after(), deadline),
                              [one] {
                                  one->end({grpc::StatusCode::UNAVAILABLE, ""}, {});
                              });
        life.after(deadline, [one] { one->end({grpc::StatusCode::DEADLINE_EXCEEDED, ""}, {}); });
        one->call_ =
            one->connection_->add({.on_client =
                                       [one] {
                                           one->end({grpc::StatusCode::UNAVAILABLE, ""}, {});
                                       },
                                   .on_server = {}});
        one->connection_->to_server([one, ask = std::move(ask)] {
            ask([one](const grpc::Status& status, const Response& response) {
                one->connection_->to_client(
                    [one, status, response] { one->end(status, response); });
            });
        });
    }

  private:
    void end(const grpc::Status& status, const Response& response) {
        if (!on_answer_) return;
        if (connection_ != nullptr) connection_->remove(call_);
        std::exchange(on_answer_, {})(status, response);
    }

    OnAnswer on_answer_{};
    std::shared_ptr<RpcConnection> connection_{};
    std::uint64_t call_ = 0;
};

}  // namespace simulation
