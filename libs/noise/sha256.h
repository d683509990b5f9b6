#pragma once

#include <array>
#include <initializer_list>

#include "base/bytes.h"
#include "noise/secret.h"

namespace noise {

/// SHA-256 of the parts, one after the other. The hash's inner state is wiped, as parts may be
/// secret.
std::array<std::byte, 32> sha256(std::initializer_list<base::ByteView> parts);

/// HKDF with two outputs (Noise 4.3): what MixKey and Split are made of.
struct HkdfOutputs {
    Secret<32> first{};
    Secret<32> second{};
};
HkdfOutputs hkdf(std::span<const std::byte, 32> chaining_key, base::ByteView input);

/// Makes libsodium choose its fastest code for this machine. Idempotent, cheap when done.
void initialise_sodium();

}  // namespace noise
