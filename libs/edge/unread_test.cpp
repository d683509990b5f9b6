#include "edge/unread.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <vector>

namespace edge {
namespace {

using boost::asio::ip::tcp;

TEST(Unread, StandsWhenThePeerHasHadNoRoomForTwoSeconds) {
    boost::asio::io_context loop;
    tcp::acceptor acceptor{loop, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    acceptor.set_option(tcp::acceptor::send_buffer_size{64 * 1024});
    tcp::socket peer{loop};
    peer.open(tcp::v4());
    peer.set_option(tcp::socket::receive_buffer_size{4096});
    peer.connect(acceptor.local_endpoint());
    auto socket = acceptor.accept();
    socket.non_blocking(true);
    EXPECT_EQ(unread_by(socket.native_handle()), Unread::none);

    const std::vector<char> bytes(1 << 20);
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(bytes), error);
    EXPECT_EQ(error, boost::asio::error::would_block);
    EXPECT_EQ(unread_by(socket.native_handle()), Unread::on_its_way);
    boost::asio::steady_timer{loop, std::chrono::milliseconds{2'500}}.wait();
    EXPECT_EQ(unread_by(socket.native_handle()), Unread::standing);

    std::vector<char> taken(1 << 20);
    while (peer.available() > 0) {
        peer.read_some(boost::asio::buffer(taken));
        boost::asio::steady_timer{loop, std::chrono::milliseconds{20}}.wait();
    }
    EXPECT_EQ(unread_by(socket.native_handle()), Unread::none);
}

}  // namespace
}  // namespace edge
