#include "devnode/block_publisher.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"

namespace devnode {

BlockPublisher::BlockPublisher(const std::string& endpoint)
    : socket_(context_, zmq::socket_type::pub) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind(endpoint);
}

void BlockPublisher::announce(const bitcoin::BlockHash& hash) {
    // A publisher's message goes to whoever takes it now, so sending does not wait.
    const auto say = [this](const void* data, std::size_t size, zmq::send_flags flags) {
        static_cast<void>(socket_.send(zmq::const_buffer{data, size}, flags));
    };
    constexpr std::string_view topic = "hashblock";
    // As hashes are printed: the most significant byte first.
    auto printed = hash.value.bytes;
    std::ranges::reverse(printed);
    std::array<std::byte, sizeof sequence_> sequence{};
    base::store_le(sequence_++, sequence.data());
    say(topic.data(), topic.size(), zmq::send_flags::sndmore);
    say(printed.data(), printed.size(), zmq::send_flags::sndmore);
    say(sequence.data(), sequence.size(), zmq::send_flags::none);
}

}  // namespace devnode
