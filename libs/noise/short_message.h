#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

/// ChaCha20-Poly1305 (RFC 8439) for messages of at most 64 bytes without associated data: the
/// headers of frames, and shares and their answers. A library takes longer to begin with such a
/// message than with what is in it. Here the four blocks that a header and its payload need are
/// made in one go, side by side in the registers. Private to the transport.
namespace noise {

inline constexpr std::size_t short_message_max = 64;

/// What a message is sealed with: the ChaCha20 blocks 0, whose first half is the MAC's key, and 1,
/// which is added to its bytes.
struct MessageStream {
    std::uint64_t nonce{};
    std::array<std::uint32_t, 16> mac_key{};
    std::array<std::uint32_t, 16> bytes{};
};

/// Those of the messages `nonce` and `nonce` + 1. Wiped when they are gone.
class StreamPair {
  public:
    StreamPair(const std::byte* key, std::uint64_t nonce);
    ~StreamPair();
    StreamPair(const StreamPair&) = delete;
    StreamPair& operator=(const StreamPair&) = delete;

    const MessageStream& first() const { return streams_[0]; }
    const MessageStream& second() const { return streams_[1]; }

  private:
    std::array<MessageStream, 2> streams_{};
};

/// Writes ciphertext and MAC; `sealed` may begin where `plain` does.
void seal_short(const MessageStream& stream, base::ByteView plain, std::byte* sealed);

/// Writes the plaintext, also where `sealed` begins; nothing, and false, where the MAC is not that
/// of the ciphertext.
bool open_short(const MessageStream& stream, base::ByteView sealed, std::byte* opened);

}  // namespace noise
