#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "noise/secret.h"
#include "noise/short_message.h"

namespace noise {

enum class CipherError {
    authentication_failed,  ///< not what the peer sealed, not in this order, or not with this key
    nonce_exhausted,        ///< 2^64 - 1 is reserved; the session has to end
};

/// ChaCha20-Poly1305 with a counting nonce: Noise's CipherState (Noise 5.1, Sv2 4.4.1). The nonce
/// is 4 zero bytes and the counter, little-endian; it does not advance when a call fails.
class CipherState {
  public:
    explicit CipherState(Secret<32> key, std::uint64_t nonce = 0);

    /// Writes ciphertext and MAC to `sealed`, which has mac_size bytes more than `plaintext` and
    /// may begin at the same byte. Returns what it wrote. Errors: `nonce_exhausted`.
    base::Result<base::ByteView, CipherError> seal(base::ByteView associated_data,
                                                   base::ByteView plaintext,
                                                   std::span<std::byte> sealed);

    /// Writes the plaintext to `opened`, which has mac_size bytes less than `sealed` (and that at
    /// least mac_size) and may begin at the same byte. When it fails, nothing of the plaintext is
    /// to be seen. Returns what it wrote. Errors: each enumerator.
    base::Result<base::ByteView, CipherError> open(base::ByteView associated_data,
                                                   base::ByteView sealed,
                                                   std::span<std::byte> opened);

    /// For the next two calls, made together, where their messages have at most short_message_max
    /// bytes and no associated data.
    StreamPair streams() const { return {key_.bytes().data(), nonce_}; }
    /// As above; `stream` is of streams(), the first for the next call, the second for the one
    /// after it.
    base::Result<base::ByteView, CipherError> seal_with(const MessageStream& stream,
                                                        base::ByteView plaintext,
                                                        std::span<std::byte> sealed);
    base::Result<base::ByteView, CipherError> open_with(const MessageStream& stream,
                                                        base::ByteView sealed,
                                                        std::span<std::byte> opened);

    /// How many more calls the nonce allows.
    std::uint64_t remaining() const;

  private:
    Secret<32> key_;
    std::uint64_t nonce_;
};

}  // namespace noise
