#include "zeromq/monitor.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace zeromq {
namespace {

using namespace std::chrono_literals;

TEST(Monitor, HearsOfAPeerThatComesGoesAndComesBack) {
    boost::asio::io_context loop{1};
    zmq::context_t context;
    zmq::socket_t publisher{context, zmq::socket_type::pub};
    publisher.set(zmq::sockopt::linger, 0);
    publisher.bind("tcp://127.0.0.1:*");
    const auto endpoint = publisher.get(zmq::sockopt::last_endpoint);

    zmq::socket_t subscriber{context, zmq::socket_type::sub};
    subscriber.set(zmq::sockopt::reconnect_ivl, 10);
    std::vector<bool> heard;
    Monitor monitor{loop, context, subscriber, [&](bool is_linked) { heard.push_back(is_linked); }};
    subscriber.connect(endpoint);
    const base::SystemClock clock;
    const auto run_until_heard = [&](const std::vector<bool>& wanted) {
        const auto end = clock.steady_now() + 20s;
        while (heard != wanted && clock.steady_now() < end) loop.run_one_for(100ms);
        EXPECT_EQ(heard, wanted);
    };
    run_until_heard({true});
    publisher.close();
    run_until_heard({true, false});
    zmq::socket_t again{context, zmq::socket_type::pub};
    again.set(zmq::sockopt::linger, 0);
    again.bind(endpoint);
    run_until_heard({true, false, true});
}

}  // namespace
}  // namespace zeromq
