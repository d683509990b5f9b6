#include "miner/sv1_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace miner {
namespace {

class Sv1ConnectionTest : public ::testing::Test {
  protected:
    Sv1ConnectionTest() {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    }
    ~Sv1ConnectionTest() override { hang_up(); }

    void say(std::string_view text) {
        EXPECT_EQ(::send(ends_[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
    }
    std::vector<std::string> hear(Connection& connection) {
        std::vector<std::string> lines;
        lost_ = connection.receive(
            [&](base::ByteView line) { lines.push_back(base::to_string(line)); });
        return lines;
    }

    int ends_[2]{};
    std::optional<std::string> lost_{};
};

TEST_F(Sv1ConnectionTest, CarriesLinesBothWays) {
    Sv1Connection connection{Socket{ends_[0]}, 20};
    EXPECT_TRUE(hear(connection).empty());
    EXPECT_EQ(lost_, std::nullopt) << "nothing there yet";
    say("one\r\ntwo\n\nth");
    EXPECT_EQ(hear(connection), (std::vector<std::string>{"one", "two"}));
    say("ree\n");
    EXPECT_EQ(hear(connection), std::vector<std::string>{"three"});

    EXPECT_EQ(connection.send(base::as_bytes("four\n")), std::nullopt);
    EXPECT_EQ(connection.unsent(), 5U);
    EXPECT_EQ(connection.flush(), std::nullopt);
    EXPECT_FALSE(connection.wants_to_write());
    char heard[16];
    EXPECT_EQ(::recv(ends_[1], heard, sizeof heard, 0), 5);
}

TEST_F(Sv1ConnectionTest, EndsAtALineWithoutEndAndAtTheOtherSidesEnd) {
    Sv1Connection connection{Socket{ends_[0]}, 20};
    say(std::string(22, 'x'));
    static_cast<void>(hear(connection));
    EXPECT_EQ(lost_, "the pool sent a line of more than 20 bytes");
    hang_up();
    static_cast<void>(hear(connection));
    EXPECT_EQ(lost_, "the pool closed the connection");
}

}  // namespace
}  // namespace miner
