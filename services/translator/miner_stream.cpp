#include "translator/miner_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <limits>
#include <utility>

namespace translator {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t tls_size_max = std::numeric_limits<int>::max();

/// Who closes a socket with something unread resets the connection: an end like any other.
MinerStream::Outcome outcome_of(const error_code& error) {
    const bool has_ended =
        error == boost::asio::error::eof || error == boost::asio::error::connection_reset;
    return has_ended ? MinerStream::Outcome::ended : MinerStream::Outcome::failed;
}

}  // namespace

void MinerStream::FreeSsl::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

MinerStream::MinerStream(tcp::socket socket, std::shared_ptr<SSL_CTX> tls)
    : socket_(std::move(socket)), has_tls_(tls != nullptr) {
    if (!has_tls_) return;
    tls_.reset(SSL_new(tls.get()));  // keeps the context
    if (tls_ != nullptr) SSL_set_fd(tls_.get(), socket_.native_handle());
}

MinerStream::Outcome MinerStream::shake_hands() {
    if (tls_ == nullptr) return Outcome::failed;  // no memory for it
    ERR_clear_error();
    const int result = SSL_accept(tls_.get());
    if (result != 1) return why(result);
    is_shaken_ = true;
    return Outcome::moved;
}

MinerStream::Outcome MinerStream::why(int result) const {
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ: return Outcome::would_read;
        case SSL_ERROR_WANT_WRITE: return Outcome::would_write;
        case SSL_ERROR_ZERO_RETURN: return Outcome::ended;
        case SSL_ERROR_SYSCALL: return errno == ECONNRESET ? Outcome::ended : Outcome::failed;
        default: ERR_clear_error(); return Outcome::failed;
    }
}

MinerStream::Moved MinerStream::read_tls(std::span<std::byte> buffer) {
    ERR_clear_error();
    const auto size = static_cast<int>(std::min(buffer.size(), tls_size_max));
    const int result = SSL_read(tls_.get(), buffer.data(), size);
    if (result > 0) return {Outcome::moved, static_cast<std::size_t>(result)};
    return {why(result), 0};
}

MinerStream::Moved MinerStream::write_tls(base::ByteView bytes) {
    ERR_clear_error();
    const auto size = static_cast<int>(std::min(bytes.size(), tls_size_max));
    const int result = SSL_write(tls_.get(), bytes.data(), size);
    if (result > 0) return {Outcome::moved, static_cast<std::size_t>(result)};
    return {why(result), 0};
}

MinerStream::Moved MinerStream::read(std::span<std::byte> buffer) {
    if (tls_) return read_tls(buffer);
    error_code error;
    const auto size = socket_.read_some(boost::asio::buffer(buffer.data(), buffer.size()), error);
    if (!error) return {Outcome::moved, size};
    if (error == boost::asio::error::would_block) return {Outcome::would_read, 0};
    return {outcome_of(error), 0};
}

MinerStream::Moved MinerStream::write(base::ByteView bytes) {
    if (tls_) return write_tls(bytes);
    error_code error;
    const auto size = socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (!error) return {Outcome::moved, size};
    return {error == boost::asio::error::would_block ? Outcome::would_write : Outcome::failed, 0};
}

MinerStream::Moved MinerStream::peek(std::span<std::byte> buffer) {
    error_code error;
    const auto size = socket_.receive(boost::asio::buffer(buffer.data(), buffer.size()),
                                      tcp::socket::message_peek, error);
    if (!error) return {Outcome::moved, size};
    if (error == boost::asio::error::would_block) return {Outcome::would_read, 0};
    return {outcome_of(error), 0};
}

void MinerStream::skip(std::size_t size) {
    base::Bytes forgotten(size);
    error_code ignored;
    socket_.read_some(boost::asio::buffer(forgotten), ignored);
}

void MinerStream::end_tls() {
    if (!tls_ || !is_shaken_) return;
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ERR_clear_error();
}

tcp::socket MinerStream::release() {
    end_tls();
    return std::move(socket_);
}

void MinerStream::close() {
    error_code ignored;
    end_tls();
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace translator
