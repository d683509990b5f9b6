#include "edge/lingering.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace edge {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// One of them; the handlers that wait for it keep it.
class Parting : public std::enable_shared_from_this<Parting> {
  public:
    Parting(boost::asio::io_context& loop, tcp::socket socket, std::shared_ptr<std::size_t> count)
        : socket_(std::move(socket)), timer_(loop), count_(std::move(count)) {
        ++*count_;
    }
    ~Parting() { --*count_; }
    Parting(const Parting&) = delete;
    Parting& operator=(const Parting&) = delete;

    void start() {
        error_code error;
        socket_.cancel(error);  // what waited for it before
        socket_.shutdown(tcp::socket::shutdown_send, error);
        if (error) return;  // the peer has gone
        timer_.expires_after(Lingering::time_max);
        timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            error_code ignored;
            if (!cancelled) self->socket_.close(ignored);
        });
        wait();
    }

  private:
    void wait() {
        socket_.async_wait(boost::asio::socket_base::wait_read,
                           [self = shared_from_this()](const error_code& error) {
                               if (error || !self->drop()) self->timer_.cancel();
                           });
    }
    /// A piece in a turn of the loop. False at the end.
    bool drop() {
        std::array<std::byte, 16 * 1024> dropped;
        error_code error;
        socket_.read_some(boost::asio::buffer(dropped), error);
        if (error && error != boost::asio::error::would_block) return false;
        wait();
        return true;
    }

    tcp::socket socket_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<std::size_t> count_;
};

}  // namespace

void Lingering::add(tcp::socket socket) {
    std::make_shared<Parting>(loop_, std::move(socket), count_)->start();
}

}  // namespace edge
