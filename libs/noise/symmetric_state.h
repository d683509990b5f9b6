#pragma once

#include <optional>
#include <utility>

#include "noise/cipher_state.h"

namespace noise {

/// What both ends of a handshake have agreed on so far: `h`, `ck` and the key made last
/// (Noise 5.2). Wiped on destruction.
class SymmetricState {
  public:
    /// After the protocol's name and the empty prologue.
    SymmetricState();

    void mix_hash(base::ByteView data);
    void mix_key(std::span<const std::byte, 32> input);

    /// Only after a mix_key(); sizes and errors as CipherState's.
    base::Result<base::ByteView, CipherError> encrypt_and_hash(base::ByteView plaintext,
                                                               std::span<std::byte> sealed);
    base::Result<base::ByteView, CipherError> decrypt_and_hash(base::ByteView sealed,
                                                               std::span<std::byte> opened);

    /// The keys of the transport: first from initiator to responder, second back (Sv2 4.5.2).
    std::pair<CipherState, CipherState> split() const;

    std::span<const std::byte, 32> hash() const { return hash_.bytes(); }
    std::span<const std::byte, 32> chaining_key() const { return chaining_key_.bytes(); }

  private:
    Secret<32> chaining_key_{};
    Secret<32> hash_{};
    std::optional<CipherState> cipher_{};
};

}  // namespace noise
