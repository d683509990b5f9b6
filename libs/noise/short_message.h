#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "noise/chacha_blocks.h"

/// ChaCha20-Poly1305 (RFC 8439) for messages of a few hundred bytes without associated data: the
/// headers of frames, shares and their answers, jobs. A library takes longer to begin with such a
/// message than with what is in it. Here the four blocks that a header and its payload begin with
/// are made in one go, and what a job needs beyond them eight at a time. Private to the transport.
namespace noise {

inline constexpr std::size_t mac_size = 16;
/// Room for a job with the merkle path of 4,000 transactions.
inline constexpr std::size_t short_message_max = 1088;

/// What a message is sealed with. Its blocks 0 and 1 are those of its pair: the first half of the
/// one is the MAC's key, the other is added to the first 64 bytes.
struct MessageStream {
    const std::byte* key{};
    std::uint64_t nonce{};
    const ChaChaBlock* blocks{};
};

/// Those of the messages `nonce` and `nonce` + 1, as long as it and `key`, of 32 bytes, are there.
class StreamPair {
  public:
    StreamPair(const std::byte* key, std::uint64_t nonce);
    ~StreamPair();
    StreamPair(const StreamPair&) = delete;
    StreamPair& operator=(const StreamPair&) = delete;

    MessageStream first() const { return {key_, nonce_, blocks_.data()}; }
    MessageStream second() const { return {key_, nonce_ + 1, blocks_.data() + 2}; }

  private:
    const std::byte* key_;
    std::uint64_t nonce_;
    ChaChaBlocks<4> blocks_;
};

/// Writes ciphertext and MAC; `sealed` may begin where `plain` does.
void seal_short(const MessageStream& stream, base::ByteView plain, std::byte* sealed);

/// Writes the plaintext, also where `sealed` begins; nothing, and false, where the MAC is not that
/// of the ciphertext.
bool open_short(const MessageStream& stream, base::ByteView sealed, std::byte* opened);

}  // namespace noise
