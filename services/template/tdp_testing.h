#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/frame.h"
#include "sv2/template_messages.h"
#include "template/devchain.h"

/// For tests of both ends of the Template Distribution Protocol.
namespace templates {

/// A frame that was sent, with its bytes.
struct SentFrame {
    sv2::FrameHeader header{};
    base::Bytes payload{};

    template <class M>
    bool is() const {
        return header == sv2::header_of<M>(payload.size());
    }
    /// Borrows from the frame.
    template <class M>
    M as() const {
        EXPECT_TRUE(is<M>()) << "message type " << int{header.message_type};
        const auto message = sv2::decode<M>(payload);
        EXPECT_TRUE(message);
        return message.value_or(M{});
    }
};

inline std::vector<SentFrame> frames_of(base::ByteView bytes) {
    std::vector<SentFrame> frames;
    while (const auto frame = *sv2::take_frame(bytes, sv2::payload_size_max))
        frames.push_back({frame->header, base::to_bytes(frame->payload)});
    EXPECT_TRUE(bytes.empty());
    return frames;
}

/// A frame with one message, as it comes.
template <class M>
SentFrame frame_of(const M& message) {
    return frames_of(sv2::encode(message)).front();
}

inline sv2::U256 filled(int byte) {
    sv2::U256 value;
    value.fill(std::byte(byte));
    return value;
}

/// The easiest chain there is: every second hash is a block.
inline Devchain easy_chain() {
    return Devchain{{.block_interval = std::chrono::hours{1}, .start_nbits = 0x207fffff},
                    base::UnixMicros{std::chrono::seconds{1'700'000'000}}};
}

}  // namespace templates
