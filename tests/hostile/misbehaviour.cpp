#include "hostile/misbehaviour.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sv2/mining_messages.h"

namespace hostile {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Whoever is refused does not spin.
constexpr auto again_after = 50ms;
// A handshake is waited for; those that have one go on dripping meanwhile.
constexpr std::size_t begun_a_turn_max = 10;

sv2::U256 any_target() {
    sv2::U256 target{};
    target.fill(std::byte{0xff});
    return target;
}

sv2::OpenStandardMiningChannel open_message(std::uint32_t request) {
    return {.request_id = {request},
            .user_identity = "hostile",
            .nominal_hash_rate = 1.0F,
            .max_target = any_target()};
}

/// An answer to each is owed, and none is read but `bytes_a_second`.
[[noreturn]] void ask_and_hardly_read(const Target& target, std::size_t bytes_a_second,
                                      const std::string& from, Deeds& deeds) {
    base::SystemRandom random;
    for (;;) {
        Peer peer{target, from};
        peer.receive_little();
        if (!peer.set_up(random) || !peer.say(open_message(1))) {
            std::this_thread::sleep_for(again_after);
            continue;
        }
        ++deeds.connections;
        auto next_read = Clock::now() + 1s;
        while (peer.say(sv2::UpdateChannel{.channel_id = {0xffffffff}})) {
            ++deeds.messages;
            if (bytes_a_second == 0 || Clock::now() < next_read) continue;
            next_read += 1s;
            if (!peer.receive(bytes_a_second, false)) break;
        }
    }
}

/// One of those that drip.
class Dripper {
  public:
    Dripper(std::string from, bool shakes_hands)
        : from_(std::move(from)), shakes_hands_(shakes_hands) {}

    bool is_open() { return peer_ && peer_->is_open() && peer_->receive(4096, false); }

    /// One byte more, where one is left to send.
    void drip(Deeds& deeds) {
        if (sent_ + 1 >= bytes_.size()) return;
        if (peer_->send(base::ByteView{bytes_}.subspan(sent_, 1))) ++deeds.messages;
        ++sent_;
    }

    void begin(const Target& target, base::Random& random, Deeds& deeds) {
        peer_.emplace(target, from_);
        sent_ = 0;
        if (!peer_->is_open() || (shakes_hands_ && !peer_->set_up(random))) return;
        ++deeds.connections;
        bytes_.assign(noise::act1_size, std::byte{0x5a});
        if (shakes_hands_) bytes_ = peer_->sealed(open_message(1));
    }

  private:
    std::string from_;
    bool shakes_hands_;
    std::optional<Peer> peer_{};
    base::Bytes bytes_{};
    std::size_t sent_{};
};

/// The N-th of many comes from one of eight addresses: connections of one are limited.
std::string address_of(std::size_t index) {
    return "127.0.2." + std::to_string(1 + index % 8);
}

}  // namespace

void never_read(const Target& target, std::size_t count, Deeds& deeds) {
    if (count == 1) ask_and_hardly_read(target, 0, "127.0.0.66", deeds);
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < count; ++i)
        all.emplace_back([&, i] { ask_and_hardly_read(target, 0, address_of(i), deeds); });
    all.clear();  // they do not end
    std::abort();
}

void read_a_byte_a_second(const Target& target, Deeds& deeds) {
    ask_and_hardly_read(target, 1, "127.0.0.66", deeds);
}

void drip(const Target& target, std::size_t count, Deeds& deeds) {
    base::SystemRandom random;
    std::vector<Dripper> all;
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(address_of(i), i % 2 == 1);
    for (;;) {
        std::size_t begun = 0;
        for (auto& one : all)
            if (one.is_open())
                one.drip(deeds);
            else if (begun++ < begun_a_turn_max)
                one.begin(target, random, deeds);
        std::this_thread::sleep_for(again_after);
    }
}

void open_without_end(const Target& target, Deeds& deeds) {
    base::SystemRandom random;
    for (;;) {
        Peer peer{target, "127.0.0.67"};
        std::uint32_t request = 0;
        if (!peer.set_up(random)) {
            std::this_thread::sleep_for(again_after);
            continue;
        }
        ++deeds.connections;
        // What comes is taken, or it would be closed for that.
        while (peer.is_open()) {
            for (int i = 0; i < 20 && peer.say(open_message(++request)); ++i) ++deeds.messages;
            if (!peer.is_open() || !peer.receive(65536, false)) break;
            while (peer.next_frame()) {
            }
        }
    }
}

void connect_and_say_nothing(const Target& target, std::size_t count, Deeds& deeds) {
    std::vector<Peer> peers;
    std::vector<pollfd> polled(count);
    for (;;) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto from = "127.0.1." + std::to_string(1 + i % 4);
            if (peers.size() <= i)
                peers.emplace_back(target, from);
            else if (peers[i].is_open() && (polled[i].revents == 0 || peers[i].receive(1, false)))
                continue;
            else
                peers[i] = Peer{target, from};
            if (peers[i].is_open()) ++deeds.connections;
        }
        std::this_thread::sleep_for(again_after);
        for (std::size_t i = 0; i < count; ++i)
            polled[i] = {.fd = peers[i].descriptor(), .events = POLLIN, .revents = 0};
        // One that could not connect is not waited for.
        const bool all_open =
            std::ranges::all_of(peers, [](const Peer& peer) { return peer.is_open(); });
        ::poll(polled.data(), polled.size(), all_open ? -1 : 0);
    }
}

}  // namespace hostile
