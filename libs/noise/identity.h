#pragma once

#include "noise/certificate.h"
#include "noise/ellswift.h"

namespace noise {

/// Who a gateway is: its static key, one encoding of it for all connections, and the authority's
/// certificate for it. The authority's secret key is not part of it.
struct GatewayIdentity {
    SecretKey static_key;
    EllSwift static_encoding;
    Certificate certificate;
    AuthorityPublicKey authority;
};

/// The encoding that a static key always has: its seed is a hash of the key, so that nothing but
/// the key has to be stored.
EllSwift static_encoding(const SecretKey& static_key);

}  // namespace noise
