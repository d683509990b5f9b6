#include "miner/sv2_connection.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "noise/handshake.h"

namespace miner {
namespace {

noise::SecretKey key_of(unsigned char byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte{byte});
    return noise::SecretKey::from_bytes(bytes).value();
}

noise::GatewayIdentity identity_signed_by(const noise::SecretKey& authority) {
    auto static_key = key_of(0x33);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(authority, static_key.public_key(),
                                                     {0, 0xffffffff}, std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate, {authority.public_key()}};
}

/// An endpoint on loopback that answers one handshake in the name of an authority, and keeps what
/// it heard.
class Endpoint {
  public:
    explicit Endpoint(unsigned char authority) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this, authority] { answer(authority); }};
    }
    ~Endpoint() {
        finish();
        ::close(listener_);
    }
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    std::uint16_t port() const { return port_; }
    /// What came until the other side closed.
    const base::Bytes& heard() {
        finish();
        return heard_;
    }

  private:
    void answer(unsigned char authority) {
        const int fd = ::accept(listener_, nullptr, nullptr);
        heard_.resize(noise::act1_size);
        if (::recv(fd, heard_.data(), heard_.size(), MSG_WAITALL) ==
            static_cast<ssize_t>(heard_.size())) {
            base::SeededRandom random{5};
            const auto identity = identity_signed_by(key_of(authority));
            const auto accepted =
                noise::Responder{identity, noise::make_ephemeral_key(random)}.accept(
                    std::span<const std::byte, noise::act1_size>{heard_.data(), heard_.size()});
            static_cast<void>(::send(fd, accepted->act2.data(), accepted->act2.size(), 0));
        }
        std::byte more[256];
        for (ssize_t size = 0; (size = ::recv(fd, more, sizeof more, 0)) > 0;)
            base::append(heard_, base::ByteView{more, static_cast<std::size_t>(size)});
        ::close(fd);
    }
    void finish() {
        if (thread_.joinable()) thread_.join();
    }

    int listener_;
    std::uint16_t port_{};
    base::Bytes heard_{};
    std::thread thread_{};
};

class Sv2ConnectionTest : public ::testing::Test {
  protected:
    Sv2ConnectionTest() : cancel_fd_(::eventfd(0, 0)) {}
    ~Sv2ConnectionTest() override { ::close(cancel_fd_); }

    base::Result<std::unique_ptr<Connection>, std::string> open(const PoolAddress& address) {
        return open_connection(address, cancel_fd_, clock_, random_);
    }

    int cancel_fd_;
    base::SystemClock clock_{};
    base::SeededRandom random_{1};
    PoolAddress home_{.host = "pool.example", .port = 1, .authority = {key_of(0x44).public_key()}};
};

TEST_F(Sv2ConnectionTest, C086_C087_ShakesHandsWhereItIsSentAndTrustsTheSameAuthority) {
    Endpoint ours{0x44};
    {
        const auto connection = open(home_.moved_to("127.0.0.1", ours.port()));
        ASSERT_TRUE(connection.has_value()) << connection.error();
    }
    EXPECT_EQ(ours.heard().size(), noise::act1_size);

    Endpoint strangers{0x55};
    const auto refused = open(home_.moved_to("127.0.0.1", strangers.port()));
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().find("not the pool's"), std::string::npos) << refused.error();
    EXPECT_EQ(strangers.heard().size(), noise::act1_size) << "C-065: it hears no frame";
}

}  // namespace
}  // namespace miner
