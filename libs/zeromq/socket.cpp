#include "zeromq/socket.h"

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace zeromq {

/// Lives on while a handler of the loop still refers to it; `is_open` tells those to do nothing.
struct Socket::State : std::enable_shared_from_this<Socket::State> {
    State(boost::asio::io_context& io, zmq::socket_t zmq_socket, OnMessage handler)
        : loop(io),
          socket(std::move(zmq_socket)),
          descriptor(io, socket.get(zmq::sockopt::fd)),
          on_message(std::move(handler)) {}

    // One turn takes so many messages at the most, so that the loop's other work gets its turn.
    static constexpr int messages_a_turn = 64;

    void arm() {
        descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
                              [self = shared_from_this()](const boost::system::error_code& error) {
                                  if (error || !self->is_open) return;
                                  self->drain();
                                  if (self->is_open) self->arm();
                              });
    }

    void drain_soon() {
        if (is_drain_posted) return;
        is_drain_posted = true;
        boost::asio::post(loop, [self = shared_from_this()] {
            self->is_drain_posted = false;
            if (self->is_open) self->drain();
        });
    }

    void drain() {
        for (int i = 0; i < messages_a_turn; ++i) {
            if ((socket.get(zmq::sockopt::events) & ZMQ_POLLIN) == 0) return;
            std::vector<std::string> frames;
            bool has_more = true;
            while (has_more) {
                zmq::message_t frame;
                if (!socket.recv(frame, zmq::recv_flags::dontwait)) return;
                has_more = frame.more();
                frames.push_back(frame.to_string());
            }
            on_message(std::move(frames));
            if (!is_open) return;
        }
        drain_soon();
    }

    boost::asio::io_context& loop;
    zmq::socket_t socket;
    boost::asio::posix::stream_descriptor descriptor;
    OnMessage on_message;
    bool is_drain_posted{};
    bool is_open{true};
};

Socket::Socket(boost::asio::io_context& loop, zmq::socket_t socket, OnMessage on_message)
    : state_(std::make_shared<State>(loop, std::move(socket), std::move(on_message))) {
    state_->arm();
    state_->drain_soon();
}

Socket::~Socket() {
    state_->is_open = false;
    boost::system::error_code ignored;
    state_->descriptor.cancel(ignored);
    state_->descriptor.release();  // ZeroMQ's to close
    state_->socket.close();
}

Socket::Sent Socket::send(std::span<const std::string_view> frames) {
    state_->drain_soon();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto flags = i + 1 < frames.size()
                               ? zmq::send_flags::dontwait | zmq::send_flags::sndmore
                               : zmq::send_flags::dontwait;
        try {
            if (!state_->socket.send(zmq::buffer(frames[i]), flags)) return Sent::full;
        } catch (const zmq::error_t& error) {
            if (error.num() == EHOSTUNREACH) return Sent::unreachable;
            throw;
        }
    }
    return Sent::yes;
}

std::string Socket::endpoint() const {
    return state_->socket.get(zmq::sockopt::last_endpoint);
}

}  // namespace zeromq
