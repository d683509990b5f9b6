#pragma once

#include <kj/async-io.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <vector>

namespace templates {

// KJ's interfaces have no virtual destructors: its owners know what they own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// A unix socket of our loop as KJ wants its streams. Needs a KjLoop; destroying it closes the
/// socket.
class KjStream final : public kj::AsyncIoStream {
  public:
    using Socket = boost::asio::local::stream_protocol::socket;

    explicit KjStream(Socket socket);

    kj::Promise<size_t> tryRead(void* buffer, size_t bytes_min, size_t bytes_max) override;
    kj::Promise<void> write(const void* buffer, size_t size) override;
    kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
    /// Never: a peer that is gone shows when it is read from.
    kj::Promise<void> whenWriteDisconnected() override { return kj::NEVER_DONE; }
    void shutdownWrite() override;

  private:
    kj::Promise<size_t> read_on(kj::byte* to, size_t bytes_min, size_t bytes_max, size_t have);
    kj::Promise<void> write_on(std::vector<boost::asio::const_buffer> pieces);
    kj::Promise<void> when_ready(Socket::wait_type what);

    Socket socket_;
};

#pragma GCC diagnostic pop

}  // namespace templates
