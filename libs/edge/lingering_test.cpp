#include "edge/lingering.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <string>
#include <string_view>

namespace edge {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

class LingeringTest : public testing::Test {
  protected:
    LingeringTest() {
        tcp::acceptor acceptor{loop, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
        peer.connect(acceptor.local_endpoint());
        ours = acceptor.accept();
        ours.non_blocking(true);
        peer.non_blocking(true);
    }
    /// What the peer has read when the connection ends for it, and how it ended.
    std::string read_to_the_end(error_code& error) {
        std::string all;
        std::array<char, 4096> piece{};
        for (int i = 0; i < 2'000; ++i) {
            error.clear();
            const auto size = peer.read_some(boost::asio::buffer(piece), error);
            all.append(piece.data(), size);
            if (error && error != boost::asio::error::would_block) return all;
            loop.run_for(1ms);
            loop.restart();
        }
        return all;
    }
    void say(tcp::socket& socket, std::string_view text) {
        socket.write_some(boost::asio::buffer(text.data(), text.size()));
    }

    boost::asio::io_context loop{1};
    Lingering lingering{loop};
    tcp::socket peer{loop};
    tcp::socket ours{loop};
};

TEST_F(LingeringTest, APeerThatStillSpeaksReadsTheLastWordsAndAnEnd) {
    say(peer, "a share that nobody reads any more");
    say(ours, "accepted");
    lingering.add(std::move(ours));
    loop.run_for(20ms);
    loop.restart();
    say(peer, "another one");  // after our FIN
    error_code error;
    EXPECT_EQ(read_to_the_end(error), "accepted");
    EXPECT_EQ(error, boost::asio::error::eof) << error.message() << ": a reset loses answers";
    EXPECT_EQ(lingering.size(), 1U) << "the peer has not ended yet";
    peer.close();
    loop.run_for(50ms);
    EXPECT_EQ(lingering.size(), 0U);
}

TEST_F(LingeringTest, APeerThatDoesNotEndIsNotWaitedForForever) {
    lingering.add(std::move(ours));
    loop.run_for(Lingering::time_max / 2);
    EXPECT_EQ(lingering.size(), 1U);
    loop.run_for(Lingering::time_max);
    EXPECT_EQ(lingering.size(), 0U);
}

TEST_F(LingeringTest, WhatWaitedForTheSocketIsToldAndAnEndedPeerCostsNothing) {
    bool was_told = false;
    ours.async_wait(tcp::socket::wait_read, [&](const error_code& error) {
        was_told = error == boost::asio::error::operation_aborted;
    });
    lingering.add(std::move(ours));
    peer.close();
    loop.run_for(50ms);
    EXPECT_TRUE(was_told);
    EXPECT_EQ(lingering.size(), 0U);
}

}  // namespace
}  // namespace edge
