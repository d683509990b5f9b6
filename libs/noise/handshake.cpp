#include "noise/handshake.h"

namespace noise {
namespace {

// Where the parts of act 2 begin.
constexpr std::size_t static_at = ellswift_size;
constexpr std::size_t sealed_static_size = ellswift_size + mac_size;
constexpr std::size_t certificate_at = static_at + sealed_static_size;
constexpr std::size_t sealed_certificate_size = certificate_size + mac_size;

/// Both ends begin alike: e, then the empty payload of act 1, which changes the hash too.
SymmetricState after_act1(const EllSwift& initiator_key) {
    SymmetricState state;
    state.mix_hash(initiator_key.bytes);
    state.mix_hash({});
    return state;
}

/// MixKey(ECDH(own, peer)); false if there is no such secret.
bool mix_ecdh(SymmetricState& state, const SecretKey& own, const EllSwift& own_encoding,
              const PeerKey& peer, Role role) {
    const auto shared = ecdh(own, own_encoding, peer, role);
    if (!shared) return false;
    state.mix_key(shared->bytes());
    return true;
}

EllSwift ellswift_from(std::span<const std::byte, ellswift_size> bytes) {
    EllSwift encoding;
    std::ranges::copy(bytes, encoding.bytes.begin());
    return encoding;
}

HandshakeError handshake_error(CertificateError error) {
    switch (error) {
        case CertificateError::unknown_version: return HandshakeError::unknown_certificate;
        case CertificateError::not_yet_valid: return HandshakeError::certificate_not_yet_valid;
        case CertificateError::expired: return HandshakeError::certificate_expired;
        case CertificateError::wrong_signature: return HandshakeError::wrong_authority;
    }
    return HandshakeError::wrong_authority;
}

}  // namespace

std::string_view error_code(HandshakeError error) {
    switch (error) {
        case HandshakeError::unusable_key: return "unusable-key";
        case HandshakeError::authentication_failed: return "authentication-failed";
        case HandshakeError::unknown_certificate: return "unknown-certificate";
        case HandshakeError::certificate_not_yet_valid: return "certificate-not-yet-valid";
        case HandshakeError::certificate_expired: return "certificate-expired";
        case HandshakeError::wrong_authority: return "wrong-authority";
    }
    return "unknown";
}

base::Result<Responder::Accepted, HandshakeError> Responder::accept(
    std::span<const std::byte, act1_size> act1) && {
    const auto ephemeral = std::move(ephemeral_);  // wiped on every way out
    const auto initiator = PeerKey::decode(ellswift_from(act1));
    if (!initiator) return base::unexpected(HandshakeError::unusable_key);

    auto state = after_act1(initiator->encoding());
    Act2 act2{};
    std::ranges::copy(ephemeral.encoding.bytes, act2.begin());
    state.mix_hash(ephemeral.encoding.bytes);
    if (!mix_ecdh(state, ephemeral.secret, ephemeral.encoding, *initiator, Role::responder))
        return base::unexpected(HandshakeError::unusable_key);
    const std::span out{act2};
    const auto sealed_static = state.encrypt_and_hash(identity_.static_encoding.bytes,
                                                      out.subspan<static_at, sealed_static_size>());
    if (!mix_ecdh(state, identity_.static_key, identity_.static_encoding, *initiator,
                  Role::responder))
        return base::unexpected(HandshakeError::unusable_key);
    const auto sealed_certificate = state.encrypt_and_hash(
        serialise(identity_.certificate), out.subspan<certificate_at, sealed_certificate_size>());
    if (!sealed_static || !sealed_certificate)
        return base::unexpected(HandshakeError::authentication_failed);

    auto [from_initiator, from_responder] = state.split();
    return Accepted{act2, Transport{FrameSealer{std::move(from_responder)},
                                    FrameOpener{std::move(from_initiator)}}};
}

base::Result<Initiator::Established, HandshakeError> Initiator::finish(
    std::span<const std::byte, act2_size> act2, std::uint32_t now) && {
    const auto ephemeral = std::move(ephemeral_);  // wiped on every way out
    const auto responder = PeerKey::decode(ellswift_from(act2.first<ellswift_size>()));
    if (!responder) return base::unexpected(HandshakeError::unusable_key);

    auto state = after_act1(ephemeral.encoding);
    state.mix_hash(responder->encoding().bytes);
    if (!mix_ecdh(state, ephemeral.secret, ephemeral.encoding, *responder, Role::initiator))
        return base::unexpected(HandshakeError::unusable_key);
    EllSwift peer_static;
    if (!state.decrypt_and_hash(act2.subspan<static_at, sealed_static_size>(), peer_static.bytes))
        return base::unexpected(HandshakeError::authentication_failed);
    const auto static_peer = PeerKey::decode(peer_static);
    if (!static_peer ||
        !mix_ecdh(state, ephemeral.secret, ephemeral.encoding, *static_peer, Role::initiator))
        return base::unexpected(HandshakeError::unusable_key);
    std::array<std::byte, certificate_size> certificate_bytes{};
    if (!state.decrypt_and_hash(act2.subspan<certificate_at, sealed_certificate_size>(),
                                certificate_bytes))
        return base::unexpected(HandshakeError::authentication_failed);

    const auto certificate = parse_certificate(certificate_bytes);
    const auto static_key = static_peer->x_only();
    if (const auto* authority = std::get_if<AuthorityPublicKey>(&trusted_))
        if (const auto refusal = certificate_refusal(certificate, *authority, static_key, now))
            return base::unexpected(handshake_error(*refusal));

    auto [from_initiator, from_responder] = state.split();
    return Established{
        certificate, static_key,
        Transport{FrameSealer{std::move(from_initiator)}, FrameOpener{std::move(from_responder)}}};
}

}  // namespace noise
