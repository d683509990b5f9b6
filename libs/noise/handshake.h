#pragma once

#include <variant>

#include "noise/identity.h"
#include "noise/symmetric_state.h"
#include "noise/transport.h"

namespace noise {

/// The acts travel raw, without a length or a frame around them (Sv2 4.5).
inline constexpr std::size_t act1_size = ellswift_size;
// The table in Sv2 4.5.2 says 170 bytes, which is the sum for 32-byte keys. The steps above
// that table write 64-byte EllSwift keys and add up to 234; peers send 234.
inline constexpr std::size_t act2_size =
    ellswift_size + (ellswift_size + mac_size) + (certificate_size + mac_size);
static_assert(act2_size == 234);

using Act1 = std::array<std::byte, act1_size>;
using Act2 = std::array<std::byte, act2_size>;

enum class HandshakeError {
    unusable_key,               ///< no secret comes of the peer's key; cannot happen by chance
    authentication_failed,      ///< damaged on the way, or the peer follows another protocol
    unknown_certificate,        ///< a certificate version other than 0
    certificate_not_yet_valid,  ///< or our clock is behind
    certificate_expired,        ///< or our clock is ahead
    wrong_authority,            ///< signed by another key than the one that we were told
};
/// For logs and metrics: "authentication-failed". On the wire a failure has no text, just an end.
std::string_view error_code(HandshakeError error);

/// The gateway's end of Noise NX (Sv2 4.5). Good for one connection.
class Responder {
  public:
    /// `identity` is used until accept() returns. `ephemeral` is fresh for each connection.
    Responder(const GatewayIdentity& identity, EphemeralKey ephemeral)
        : identity_(identity), ephemeral_(std::move(ephemeral)) {}

    struct Accepted {
        Act2 act2{};
        Transport transport;
    };
    /// Takes act 1 and answers act 2. Frames may follow at once. Errors: `unusable_key`.
    base::Result<Accepted, HandshakeError> accept(std::span<const std::byte, act1_size> act1) &&;

  private:
    const GatewayIdentity& identity_;
    EphemeralKey ephemeral_;
};

/// Only for links that the configuration declares local: takes any certificate.
struct AnyAuthority {};
using TrustedAuthority = std::variant<AuthorityPublicKey, AnyAuthority>;

/// The miner's end. Good for one connection.
class Initiator {
  public:
    Initiator(TrustedAuthority trusted, EphemeralKey ephemeral)
        : trusted_(trusted), ephemeral_(std::move(ephemeral)) {}

    const Act1& act1() const { return ephemeral_.encoding.bytes; }

    struct Established {
        Certificate certificate{};
        XOnlyPublicKey static_key{};
        Transport transport;
    };
    /// Takes act 2. There is no transport, hence no way to send a frame, before the certificate
    /// has been checked. `now` in unix seconds. Errors: each enumerator.
    base::Result<Established, HandshakeError> finish(std::span<const std::byte, act2_size> act2,
                                                     std::uint32_t now) &&;

  private:
    TrustedAuthority trusted_;
    EphemeralKey ephemeral_;
};

}  // namespace noise
