#include "miner/sv1_connection.h"

#include <fmt/format.h>

namespace miner {

std::optional<std::string> Sv1Connection::seal(base::ByteView line, base::Bytes& to) {
    base::append(to, line);
    return std::nullopt;
}

std::optional<std::string> Sv1Connection::open(std::span<std::byte> received,
                                               const OnMessage& on_message) {
    base::ByteView unread = received;
    while (true) {
        const auto line = lines_.take_line(unread);
        if (!line)
            return fmt::format("the pool sent a line of more than {} bytes",
                               line.error().line_size_max);
        if (!*line) return std::nullopt;
        on_message(base::as_bytes(**line));
    }
}

}  // namespace miner
