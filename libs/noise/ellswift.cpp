#include "noise/ellswift.h"

#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#if ADIT_HAS_SECP256K1_ELLSWIFT
#include <secp256k1_ellswift.h>
#endif

#include "base/ensure.h"
#include "noise/c_bytes.h"
#include "noise/curve_context.h"
#include "noise/ellswift_map.h"
#include "noise/sha256.h"

namespace noise {
namespace {

/// For secp256k1_ecdh: the X coordinate as it is.
int copy_x(unsigned char* output, const unsigned char* x, const unsigned char*, void*) {
    std::copy_n(x, 32, output);
    return 1;
}

#if ADIT_HAS_SECP256K1_ELLSWIFT

EllSwift encode_point(const secp256k1_pubkey& point, std::span<const std::byte, 32> seed) {
    EllSwift encoding;
    const bool encoded = secp256k1_ellswift_encode(curve_context(), c_bytes(encoding.bytes.data()),
                                                   &point, c_bytes(seed.data())) == 1;
    base::ensure(encoded, "every key has an ElligatorSwift encoding");
    return encoding;
}

bool decode_point(const EllSwift& encoding, secp256k1_pubkey& point) {
    return secp256k1_ellswift_decode(curve_context(), &point, c_bytes(encoding.bytes.data())) == 1;
}

#else

XOnlyPublicKey x_of(const secp256k1_pubkey& point) {
    secp256k1_xonly_pubkey x_only;
    XOnlyPublicKey key;
    const bool made =
        secp256k1_xonly_pubkey_from_pubkey(curve_context(), &x_only, nullptr, &point) == 1 &&
        secp256k1_xonly_pubkey_serialize(curve_context(), c_bytes(key.bytes.data()), &x_only) == 1;
    base::ensure(made, "libsecp256k1 writes the X of a key that it made");
    return key;
}

/// Draws u and the branch until the branch has a t: four times on average (BIP 324, "ellswift
/// encoding"). How they are drawn is ours to choose, for nobody else can tell.
EllSwift encode_point(const secp256k1_pubkey& point, std::span<const std::byte, 32> seed) {
    const auto x_bytes = x_of(point).bytes;
    const auto x = FieldElement::from_bytes(x_bytes);
    for (std::uint64_t attempt = 0;; ++attempt) {
        std::array<std::byte, sizeof attempt> counter{};
        base::store_le(attempt, counter.data());
        const auto draw = sha256({seed, x_bytes, counter});
        const auto choice = sha256({draw, seed});
        const auto u = FieldElement::from_bytes(draw);
        const auto t = xswiftec_inverse(x, u, std::to_integer<unsigned>(choice[0]) & 7U);
        if (!t || t->is_zero() || u.is_zero()) continue;
        EllSwift encoding;
        std::ranges::copy(u.to_bytes(), encoding.bytes.begin());
        std::ranges::copy(t->to_bytes(), encoding.bytes.begin() + 32);
        return encoding;
    }
}

bool decode_point(const EllSwift& encoding, secp256k1_pubkey& point) {
    const std::span bytes{encoding.bytes};
    const auto [x, y] = xswiftec(FieldElement::from_bytes(bytes.first<32>()),
                                 FieldElement::from_bytes(bytes.last<32>()));
    std::array<std::byte, 65> uncompressed{std::byte{4}};
    std::ranges::copy(x.to_bytes(), uncompressed.begin() + 1);
    std::ranges::copy(y.to_bytes(), uncompressed.begin() + 33);
    return secp256k1_ec_pubkey_parse(curve_context(), &point, c_bytes(uncompressed.data()),
                                     uncompressed.size()) == 1;
}

#endif

}  // namespace

EllSwift encode_ellswift(const SecretKey& key, std::span<const std::byte, 32> seed) {
    secp256k1_pubkey point;
    base::ensure(
        secp256k1_ec_pubkey_create(curve_context(), &point, c_bytes(key.bytes().data())) == 1,
        "a secret key is not used after it was moved from");
    return encode_point(point, seed);
}

std::optional<PeerKey> PeerKey::decode(const EllSwift& encoding) {
    PeerKey peer;
    if (!decode_point(encoding, peer.point_)) return std::nullopt;
    peer.encoding_ = encoding;
    return peer;
}

XOnlyPublicKey PeerKey::x_only() const {
    XOnlyPublicKey key;
    std::array<std::byte, 33> compressed{};
    std::size_t size = compressed.size();
    secp256k1_ec_pubkey_serialize(curve_context(), c_bytes(compressed.data()), &size, &point_,
                                  SECP256K1_EC_COMPRESSED);
    std::ranges::copy(std::span{compressed}.last<32>(), key.bytes.begin());
    return key;
}

std::optional<Secret<32>> ecdh(const SecretKey& own, const EllSwift& own_encoding,
                               const PeerKey& peer, Role role) {
    static const auto tag = sha256({base::as_bytes("bip324_ellswift_xonly_ecdh")});
    Secret<32> x;
    if (secp256k1_ecdh(curve_context(), c_bytes(x.writable().data()), &peer.point(),
                       c_bytes(own.bytes().data()), copy_x, nullptr) != 1)
        return std::nullopt;
    const auto& first = role == Role::initiator ? own_encoding : peer.encoding();
    const auto& second = role == Role::initiator ? peer.encoding() : own_encoding;
    auto hash = sha256({tag, tag, first.bytes, second.bytes, x.bytes()});
    std::optional<Secret<32>> shared{Secret<32>{hash}};
    sodium_memzero(hash.data(), hash.size());
    return shared;
}

EphemeralKey make_ephemeral_key(base::Random& random) {
    auto secret = SecretKey::generate(random);
    std::array<std::byte, 32> seed{};
    random.fill(seed);
    const auto encoding = encode_ellswift(secret, seed);
    return {std::move(secret), encoding};
}

}  // namespace noise
