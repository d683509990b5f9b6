#include "new_block/watchers.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/random.h"
#include "bitcoin/uint256.h"

namespace new_block {
namespace {

// A gateway bounds what one address may have.
constexpr std::size_t connections_per_address = 100;
// Jobs of one block come ten to fifteen µs apart.
constexpr Micros amid_us = 1'000;

std::string printed(const sv2::U256& hash) {
    bitcoin::Uint256 value;
    std::transform(hash.begin(), hash.end(), value.bytes.begin(),
                   [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
    return value.to_be_hex();
}

}  // namespace

Micros now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void Span::add(Micros at) {
    if (count++ == 0) first = at;
    last = at;
}

Watchers::Watchers(const hostile::Target& target, std::size_t count)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    base::SystemRandom random;
    sv2::U256 any{};
    any.fill(std::byte{0xff});
    for (std::size_t i = 0; i < count; ++i) {
        auto& miner = miners_.emplace_back(
            Miner{.peer = {target, "127.0.1." + std::to_string(1 + i / connections_per_address)}});
        if (!miner.peer.set_up(random) ||
            !miner.peer.say(sv2::OpenExtendedMiningChannel{.request_id = {1},
                                                           .user_identity = "watcher",
                                                           .nominal_hash_rate = 1e-6F,
                                                           .max_target = any,
                                                           .min_extranonce_size = 4}))
            throw std::runtime_error{"the gateway does not take connection " + std::to_string(i)};
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &miner}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, miner.peer.descriptor(), &event);
    }
}

Watchers::~Watchers() {
    ::close(epoll_);
}

void Watchers::read(std::chrono::milliseconds patience) {
    std::array<epoll_event, 256> events{};
    // Who sleeps between two arrivals has the gateway's core wake it for each, which it does for no
    // miner on another machine.
    const bool is_amid = now() - last_arrival_ < amid_us;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(),
                                   is_amid ? 0 : static_cast<int>(patience.count()));
    if (ready > 0) last_arrival_ = now();
    for (int i = 0; i < ready; ++i) {
        auto& miner = *static_cast<Miner*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!miner.peer.receive(65536, false))
            throw std::runtime_error{"the gateway has closed a connection"};
        const auto at = now();
        while (const auto frame = miner.peer.next_frame()) take(miner, *frame, at);
    }
}

void Watchers::take(Miner& miner, const sv2::Frame& frame, Micros at) {
    if (frame.header.message_type == sv2::NewExtendedMiningJob::info.message_type) {
        const auto job = sv2::decode<sv2::NewExtendedMiningJob>(frame.payload).value();
        const bool is_full = job.merkle_path.size() > 0;
        if (!job.min_ntime)
            miner.is_next_full = is_full;
        else if (is_full && !miner.has_full && !miner.tip.empty()) {
            miner.has_full = true;
            arrivals_[miner.tip].full.add(at);
        }
    } else if (frame.header.message_type == sv2::SetNewPrevHash::info.message_type) {
        if (miner.tip.empty()) ++working_;
        miner.tip = printed(sv2::decode<sv2::SetNewPrevHash>(frame.payload).value().prev_hash);
        auto& arrival = arrivals_[miner.tip];
        arrival.job.add(at);
        miner.has_full = miner.is_next_full;
        if (miner.has_full) arrival.full.add(at);
    }
}

}  // namespace new_block
