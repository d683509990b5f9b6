#include "noise/identity.h"

#include "noise/sha256.h"

namespace noise {

EllSwift static_encoding(const SecretKey& static_key) {
    const Secret<32> seed{sha256({base::as_bytes("adit static key encoding"), static_key.bytes()})};
    return encode_ellswift(static_key, seed.bytes());
}

}  // namespace noise
