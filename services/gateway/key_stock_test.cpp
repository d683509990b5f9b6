#include "gateway/key_stock.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

class KeyStockTest : public testing::Test {
  protected:
    /// Until nothing is left to do.
    void run() {
        loop.restart();
        loop.run();
    }

    boost::asio::io_context loop{1};
    base::SeededRandom random{1};
    KeyStock stock{loop, random, 3};
};

TEST_F(KeyStockTest, FillsOneKeyATimeUntilItIsFull) {
    stock.start();
    for (std::size_t made = 0; made < 3; ++made) {
        EXPECT_EQ(stock.size(), made);
        loop.run_one();
    }
    run();
    EXPECT_EQ(stock.size(), 3U);
}

TEST_F(KeyStockTest, WaitsWhileMinersShakeHandsAndFillsAgainAfterwards) {
    stock.start();
    run();
    const auto first = stock.take();
    loop.restart();
    loop.run_one();
    EXPECT_EQ(stock.size(), 2U) << "the next handshake may be here already";
    const auto second = stock.take();
    EXPECT_NE(first.encoding, second.encoding);
    run();
    EXPECT_EQ(stock.size(), 3U);
}

TEST_F(KeyStockTest, ServesMoreThanItHolds) {
    for (int i = 0; i < 5; ++i) {
        const auto key = stock.take();
        EXPECT_EQ(noise::PeerKey::decode(key.encoding)->x_only(), key.secret.public_key());
    }
    EXPECT_EQ(stock.size(), 0U);
}

TEST_F(KeyStockTest, MakesNoneAfterTheStop) {
    stock.start();
    stock.stop();
    run();
    static_cast<void>(stock.take());
    run();
    EXPECT_EQ(stock.size(), 0U);
}

}  // namespace
}  // namespace gateway
