#include "zeromq/socket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>

#include "base/clock.h"

namespace zeromq {
namespace {

using namespace std::chrono_literals;

/// Runs the loop until the claim holds; far longer than it ever takes is a failure.
template <class Claim>
bool run_until(boost::asio::io_context& loop, Claim claim) {
    const base::SystemClock clock;
    const auto end = clock.steady_now() + 20s;
    while (!claim() && clock.steady_now() < end) loop.run_one_for(100ms);
    return claim();
}

TEST(ZmqSocket, AWakeUpThatASendSwallowedIsNotLost) {
    boost::asio::io_context loop{1};
    zmq::context_t context;
    zmq::socket_t left{context, zmq::socket_type::pair};
    zmq::socket_t right{context, zmq::socket_type::pair};
    left.bind("inproc://lost-wake-up");
    right.connect("inproc://lost-wake-up");
    const int descriptor = left.get(zmq::sockopt::fd);
    int received = 0;
    Socket socket{loop, std::move(left), [&](std::vector<std::string>) { ++received; }};
    loop.poll();  // armed, and the posted turns are done

    right.send(zmq::str_buffer("arrives"), zmq::send_flags::none);
    pollfd readable{descriptor, POLLIN, 0};
    ASSERT_EQ(::poll(&readable, 1, 20'000), 1);
    // Before the loop turns, we send: ZeroMQ looks at its mailbox and the edge is gone.
    const std::array<std::string_view, 1> frames{"leaves"};
    ASSERT_EQ(socket.send(frames), Socket::Sent::yes);
    readable.revents = 0;
    ASSERT_EQ(::poll(&readable, 1, 0), 0) << "the edge was not swallowed: this test shows nothing";
    EXPECT_TRUE(run_until(loop, [&] { return received == 1; }));
}

}  // namespace
}  // namespace zeromq
