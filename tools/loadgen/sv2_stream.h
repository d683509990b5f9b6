#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "noise/handshake.h"

namespace loadgen {

/// The miner's end of one Noise connection, between the bytes of a socket and plaintext frames.
/// Pure.
class Sv2Stream {
  public:
    Sv2Stream(const noise::AuthorityPublicKey& authority, noise::EphemeralKey ephemeral)
        : initiator_(std::in_place, authority, std::move(ephemeral)) {}

    /// Appends what the handshake begins with.
    void begin(std::string& out) const;

    struct Taken {
        enum class What { nothing, established, frame };
        What what{};
        base::ByteView frame{};  ///< lives until the next call
    };
    /// Takes from the front of what came, overwriting it; again, until it says `nothing`. Errors:
    /// why the connection is of no use, for people.
    base::Result<Taken, std::string> take(std::span<std::byte>& received, std::uint32_t unix_now);

    bool is_established() const { return transport_.has_value(); }
    /// Only once it is established. False when the session has used up its nonces.
    bool send(base::ByteView frame, std::string& out);

  private:
    base::Result<Taken, std::string> shake_hands(std::span<std::byte>& received,
                                                 std::uint32_t unix_now);

    std::optional<noise::Initiator> initiator_;
    noise::Act2 act2_{};
    std::size_t act2_size_ = 0;
    std::optional<noise::Transport> transport_{};
};

}  // namespace loadgen
