// A peer that is made of libs/noise and libs/sv2 and of nothing else of ours: the counterpart of
// independent implementations in ./dev interop.

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "peer/exchange.h"

namespace {

using boost::asio::ip::tcp;

/// Validity of the certificate that the listening end makes for itself.
constexpr std::uint32_t valid_for_seconds = 3600;

void connect(const std::string& address, const std::string& authority) {
    const auto colon = address.rfind(':');
    const auto key = noise::parse_authority_key(authority);
    if (colon == std::string::npos || !key)
        throw std::runtime_error("an address is HOST:PORT, a key as aditctl shows it");
    boost::asio::io_context context;
    tcp::socket socket{context};
    boost::asio::connect(socket, tcp::resolver{context}.resolve(address.substr(0, colon),
                                                                address.substr(colon + 1)));
    base::SystemRandom random;
    auto link = peer::Link::connect(std::move(socket), key->key, base::SystemClock{}, random);
    peer::produce(link);
    peer::reproduce(link);
}

void listen() {
    base::SystemRandom random;
    const auto authority = noise::SecretKey::generate(random);
    auto static_key = noise::SecretKey::generate(random);
    const auto encoding = noise::static_encoding(static_key);
    const auto now = base::to_unix_seconds(base::SystemClock{}.unix_now());
    const auto certificate =
        noise::sign_certificate(authority, static_key.public_key(), {now, now + valid_for_seconds},
                                std::array<std::byte, 32>{});
    const noise::GatewayIdentity identity{
        std::move(static_key), encoding, certificate, {authority.public_key()}};

    boost::asio::io_context context;
    tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
    fmt::print("listening\t{}\t{}\n", acceptor.local_endpoint().port(),
               noise::authority_key_text(identity.authority));
    std::fflush(stdout);
    auto link = peer::Link::accept(acceptor.accept(), identity, random);
    peer::reproduce(link);
    peer::produce(link);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments.size() == 3 && arguments[0] == "connect")
            connect(arguments[1], arguments[2]);
        else if (arguments.size() == 1 && arguments[0] == "listen")
            listen();
        else
            throw std::runtime_error("usage: interop-peer connect HOST:PORT AUTHORITY | listen");
    } catch (const std::exception& error) {
        fmt::print("failed\t{}\n", error.what());
        return 1;
    }
    return 0;
}
