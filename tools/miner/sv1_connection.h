#pragma once

#include "miner/connection.h"
#include "sv1/line_reader.h"

namespace miner {

/// Lines of text. Of those that come, each message is one without its end; those that go have
/// theirs.
class Sv1Connection final : public Connection {
  public:
    Sv1Connection(Socket socket, std::size_t line_size_max)
        : Connection(std::move(socket)), lines_(line_size_max) {}

  private:
    std::optional<std::string> seal(base::ByteView line, base::Bytes& to) override;
    std::optional<std::string> open(std::span<std::byte> received,
                                    const OnMessage& on_message) override;

    sv1::LineReader lines_;
};

}  // namespace miner
