#include "peer/link.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <string>

namespace peer {
namespace {

constexpr std::size_t read_size = std::size_t{64} * 1024;

template <class T, class E>
T or_throw(base::Result<T, E> result, std::string_view what) {
    if (result) return std::move(*result);
    throw std::runtime_error(std::string{what} + ": " + std::string{error_code(result.error())});
}

}  // namespace

Link::Link(Socket socket, noise::Transport transport)
    : socket_(std::move(socket)), transport_(std::move(transport)), received_(read_size) {}

Link Link::connect(Socket socket, const noise::AuthorityPublicKey& authority,
                   const base::Clock& clock, base::Random& random) {
    noise::Initiator initiator{authority, noise::make_ephemeral_key(random)};
    boost::asio::write(socket, boost::asio::buffer(initiator.act1()));
    noise::Act2 act2{};
    boost::asio::read(socket, boost::asio::buffer(act2));
    auto established = or_throw(
        std::move(initiator).finish(act2, base::to_unix_seconds(clock.unix_now())), "handshake");
    return Link{std::move(socket), std::move(established.transport)};
}

Link Link::accept(Socket socket, const noise::GatewayIdentity& identity, base::Random& random) {
    noise::Act1 act1{};
    boost::asio::read(socket, boost::asio::buffer(act1));
    auto accepted = or_throw(
        noise::Responder{identity, noise::make_ephemeral_key(random)}.accept(act1), "handshake");
    boost::asio::write(socket, boost::asio::buffer(accepted.act2));
    return Link{std::move(socket), std::move(accepted.transport)};
}

void Link::send(base::ByteView frame) {
    base::Bytes sealed;
    or_throw(transport_.sealer.seal(frame, sealed), "sealing");
    boost::asio::write(socket_, boost::asio::buffer(sealed));
}

base::Bytes Link::receive() {
    while (true) {
        const auto opened =
            or_throw(transport_.opener.open(unread_, noise::payload_size_limit), "opening");
        unread_ = unread_.subspan(opened.consumed);
        if (!opened.frame.empty()) return base::to_bytes(opened.frame);
        const auto size = socket_.read_some(boost::asio::buffer(received_));
        unread_ = std::span{received_}.first(size);
    }
}

}  // namespace peer
