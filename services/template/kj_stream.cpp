#include "template/kj_stream.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

namespace templates {
namespace {

using boost::system::error_code;

bool is_for_later(const error_code& error) {
    return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

kj::Exception disconnected(const error_code& error) {
    return {kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
            kj::heapString(error.message().c_str())};
}

}  // namespace

KjStream::KjStream(Socket socket) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
}

kj::Promise<size_t> KjStream::tryRead(void* buffer, size_t bytes_min, size_t bytes_max) {
    return read_on(static_cast<kj::byte*>(buffer), bytes_min, bytes_max, 0);
}

// The buffer is KJ's, and only good while KJ keeps the promise: so our loop is told to say when
// there is something, and the bytes are taken on KJ's.
kj::Promise<size_t> KjStream::read_on(kj::byte* to, size_t bytes_min, size_t bytes_max,
                                      size_t have) {
    while (have < bytes_min) {
        error_code error;
        const auto got = socket_.read_some(boost::asio::buffer(to + have, bytes_max - have), error);
        if (error == boost::asio::error::eof) break;
        if (is_for_later(error))
            return when_ready(Socket::wait_read).then([this, to, bytes_min, bytes_max, have] {
                return read_on(to, bytes_min, bytes_max, have);
            });
        if (error) return disconnected(error);
        have += got;
    }
    return have;
}

kj::Promise<void> KjStream::write(const void* buffer, size_t size) {
    return write_on({boost::asio::buffer(buffer, size)});
}

kj::Promise<void> KjStream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
    std::vector<boost::asio::const_buffer> buffers;
    buffers.reserve(pieces.size());
    for (const auto& piece : pieces) buffers.emplace_back(piece.begin(), piece.size());
    return write_on(std::move(buffers));
}

kj::Promise<void> KjStream::write_on(std::vector<boost::asio::const_buffer> pieces) {
    for (;;) {
        std::erase_if(pieces, [](const auto& piece) { return piece.size() == 0; });
        if (pieces.empty()) return kj::READY_NOW;
        error_code error;
        auto sent = socket_.write_some(pieces, error);
        if (is_for_later(error))
            return when_ready(Socket::wait_write)
                .then([this, pieces = std::move(pieces)]() mutable {
                    return write_on(std::move(pieces));
                });
        if (error) return disconnected(error);
        for (auto& piece : pieces) {
            const auto taken = std::min(sent, piece.size());
            piece += taken;
            sent -= taken;
        }
    }
}

void KjStream::shutdownWrite() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

kj::Promise<void> KjStream::when_ready(Socket::wait_type what) {
    auto pair = kj::newPromiseAndFulfiller<void>();
    socket_.async_wait(what, [fulfiller = kj::mv(pair.fulfiller)](const error_code& error) mutable {
        if (error)
            fulfiller->reject(disconnected(error));
        else
            fulfiller->fulfill();
    });
    return kj::mv(pair.promise);
}

}  // namespace templates
