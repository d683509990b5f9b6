#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <utility>

#include "edge/link.h"
#include "noise/identity.h"
#include "translator/pool_testing.h"

namespace translator {

/// Who a fake pool is. The same seed makes the same authority.
inline noise::GatewayIdentity identity_of(std::uint64_t seed) {
    base::SeededRandom random{seed};
    const auto authority = noise::SecretKey::generate(random);
    auto static_key = noise::SecretKey::generate(random);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(
        authority, static_key.public_key(), {.valid_from = 0, .not_valid_after = 0xffffffff},
        std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate,
            noise::AuthorityPublicKey{authority.public_key()}};
}

/// A fake pool on a real port, behind Noise.
class NoisePool {
  public:
    NoisePool(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
              const noise::GatewayIdentity& identity, std::uint16_t port = 0)
        : clock_(clock), random_(random), identity_(identity), acceptor_(loop) {
        const boost::asio::ip::tcp::endpoint endpoint{boost::asio::ip::address_v4::loopback(),
                                                      port};
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(boost::asio::ip::tcp::acceptor::reuse_address{true});
        acceptor_.bind(endpoint);
        acceptor_.listen();
        accept();
    }
    ~NoisePool() {
        cut();
        is_alive_.reset();
    }
    NoisePool(const NoisePool&) = delete;
    NoisePool& operator=(const NoisePool&) = delete;

    FakePool pool{};

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t accepted() const { return static_cast<std::size_t>(last_); }
    void cut() {
        const auto links = links_;
        for (const auto& [number, link] : links) link->close("test");
    }
    void set_reading(bool reads) {
        for (const auto& [number, link] : links_) link->set_reading(reads);
    }
    template <class Message>
    void say_to_all(const Message& message) {
        const auto links = links_;
        for (const auto& [number, link] : links) link->send(sv2::encode(message));
    }

  private:
    void accept() {
        acceptor_.async_accept([this, alive = std::weak_ptr{is_alive_}](
                                   const auto& error, boost::asio::ip::tcp::socket socket) {
            if (error || alive.expired()) return;
            const int number = ++last_;
            pool.connections[number];
            const auto link = std::make_shared<edge::Link>(
                std::move(socket), clock_,
                edge::Link::Limits{.payload_max = 1 << 20,
                                   .unread_max = 1 << 24,
                                   .frame_deadline = std::chrono::seconds{30},
                                   .write_stall_deadline = std::chrono::seconds{30}},
                edge::Link::Callbacks{
                    .on_open = [] {},
                    .on_frame = [this, number](
                                    const sv2::FrameHeader& header,
                                    base::ByteView payload) { on_frame(number, header, payload); },
                    .on_drained = [] {},
                    .on_closed =
                        [this, number](std::string_view) {
                            links_.erase(number);
                            pool.connections.erase(number);
                        }});
            links_[number] = link;
            link->accept(identity_, noise::make_ephemeral_key(random_));
            accept();
        });
    }

    void on_frame(int number, const sv2::FrameHeader& header, base::ByteView payload) {
        base::Bytes frame;
        const auto head = sv2::encode_header(header);
        base::append(frame, head);
        base::append(frame, payload);
        base::Bytes answer;
        pool.on_frames(number, frame, answer);
        if (const auto link = links_.find(number); link != links_.end() && !answer.empty())
            link->second->send(answer);
    }

    const base::Clock& clock_;
    base::Random& random_;
    const noise::GatewayIdentity& identity_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::map<int, std::shared_ptr<edge::Link>> links_{};
    int last_ = 0;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace translator
