#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "loadgen/peer.h"
#include "loadgen/sv2_context.h"
#include "noise/handshake.h"
#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/mining_messages.h"

namespace loadgen::testing {

inline noise::SecretKey key_of(unsigned char byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte{byte});
    return noise::SecretKey::from_bytes(bytes).value();
}

inline noise::GatewayIdentity identity() {
    const auto authority = key_of(0x11);
    auto static_key = key_of(0x33);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(authority, static_key.public_key(),
                                                     {0, 0xffffffff}, std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate, {authority.public_key()}};
}

/// A frame that a peer sent, as it was before it was sealed.
struct Heard {
    base::Bytes frame{};
    std::uint8_t type() const { return static_cast<std::uint8_t>(frame.at(2)); }
    template <class M>
    M as() const {
        EXPECT_EQ(type(), M::info.message_type);
        return sv2::decode<M>(base::ByteView{frame}.subspan(sv2::frame_header_size)).value();
    }
};

/// The pool's end of one connection of a peer, without a socket.
class PoolEnd {
  public:
    PoolEnd(Peer& peer, const base::Clock& clock) : peer_(peer), clock_(clock) {}

    /// Up to the end of the handshake.
    void accept() {
        peer_.on_connecting(clock_.steady_now());
        peer_.on_connected(clock_.steady_now(), out);
        ASSERT_EQ(out.size(), noise::act1_size);
        noise::Act1 act1{};
        std::ranges::copy(base::as_bytes(out), act1.begin());
        out.clear();
        const auto own = identity();
        auto accepted = noise::Responder{own, noise::make_ephemeral_key(random_)}.accept(act1);
        ASSERT_TRUE(accepted);
        transport_.emplace(std::move(accepted->transport));
        wish = deliver(base::to_bytes(base::ByteView{accepted->act2}));
    }
    /// And up to the answer to SetupConnection: what the peer says to that is in heard().
    void set_up() {
        accept();
        const auto setup = heard();
        ASSERT_EQ(setup.size(), 1U);
        EXPECT_EQ(setup[0].as<sv2::SetupConnection>().firmware, "adit-loadgen");
        tell(sv2::SetupConnectionSuccess{.used_version = 2});
    }

    template <class... M>
    void tell(const M&... messages) {
        base::Bytes sealed;
        (static_cast<void>(transport_->sealer.seal(sv2::encode(messages), sealed)), ...);
        wish = deliver(std::move(sealed));
    }
    /// Lets time pass, and the peer do what is due until then.
    void pass(base::ManualClock& clock, std::chrono::microseconds time) {
        const auto end = clock.steady_now() + time;
        while (peer_.due() <= end) {
            if (peer_.due() > clock.steady_now())
                clock.advance(
                    std::chrono::ceil<std::chrono::microseconds>(peer_.due() - clock.steady_now()));
            wish = peer_.on_due(clock.steady_now(), out);
            if (wish == Peer::Wish::leave) return;
        }
        clock.advance(std::chrono::floor<std::chrono::microseconds>(end - clock.steady_now()));
    }

    std::vector<Heard> heard() {
        auto bytes = base::to_bytes(out);
        out.clear();
        std::span<std::byte> rest{bytes};
        std::vector<Heard> frames;
        while (!rest.empty()) {
            const auto opened = transport_->opener.open(rest, 1 << 20);
            EXPECT_TRUE(opened);
            if (!opened || opened->frame.empty()) break;
            rest = rest.subspan(opened->consumed);
            frames.push_back({base::to_bytes(opened->frame)});
        }
        return frames;
    }
    template <class M>
    std::vector<M> heard_as() {
        frames_ = heard();
        std::vector<M> found;
        for (const auto& frame : frames_)
            if (frame.type() == M::info.message_type) found.push_back(frame.as<M>());
        return found;
    }

    Peer::Wish wish{};
    std::string out{};

  private:
    Peer::Wish deliver(base::Bytes bytes) {
        return peer_.on_bytes(bytes, clock_.steady_now(), out);
    }

    Peer& peer_;
    const base::Clock& clock_;
    base::SeededRandom random_{7};
    std::optional<noise::Transport> transport_{};
    std::vector<Heard> frames_{};
};

/// A run without a journal.
struct World {
    base::ManualClock clock{};
    base::SeededRandom random{1};
    Journal journal{"", clock};
    Statistics statistics{clock.steady_now()};
    Sv2Context context{.journal = journal,
                       .statistics = statistics,
                       .sv2 = statistics.sv2.emplace(),
                       .clock = clock,
                       .random = random,
                       .keys = random,
                       .authority = {key_of(0x11).public_key()},
                       .host = "pool",
                       .port = 24250,
                       .hashes = HashBudget{1e6, clock.steady_now()}};
};

inline sv2::U256 target_of(unsigned char top) {
    sv2::U256 target{};
    target.fill(std::byte{0xff});
    target[31] = std::byte{top};
    return target;
}

inline sv2::U256 block(unsigned char number) {
    sv2::U256 hash{};
    hash[0] = std::byte{number};
    return hash;
}

}  // namespace loadgen::testing
