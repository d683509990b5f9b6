#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "noise/secret.h"

namespace noise {

enum class KeyError {
    not_base58check,  ///< a character, the length or the checksum is wrong
    wrong_size,       ///< base58check, but of something else
    unknown_version,  ///< an authority key of a version that we do not know
    out_of_range,     ///< a secret key of zero, or not below the group's order
    not_on_curve,     ///< a public key that belongs to no secret key
};
/// The enumerator in words, for messages: "wrong size".
std::string_view error_text(KeyError error);

/// The X coordinate of a public key, most significant byte first (BIP 340).
struct XOnlyPublicKey {
    std::array<std::byte, 32> bytes{};
    friend bool operator==(const XOnlyPublicKey&, const XOnlyPublicKey&) = default;
};

/// A number from 1 to n-1, n being the order of secp256k1; wiped on destruction. A key that was
/// moved from is empty, and good for nothing.
class SecretKey {
  public:
    /// `bytes`, most significant first. Errors: `out_of_range`.
    static base::Result<SecretKey, KeyError> from_bytes(std::span<const std::byte, 32> bytes);
    /// Uniformly random; no grinding for a parity, since only X coordinates are used (Sv2 4.3.1.1).
    static SecretKey generate(base::Random& random);

    std::span<const std::byte, 32> bytes() const { return bytes_.bytes(); }
    XOnlyPublicKey public_key() const;

  private:
    SecretKey() = default;
    Secret<32> bytes_{};
};

/// The key of whoever runs the pool. Miners are configured with it, and it signs the
/// certificates of gateways.
struct AuthorityPublicKey {
    XOnlyPublicKey key{};
    friend bool operator==(const AuthorityPublicKey&, const AuthorityPublicKey&) = default;
};

/// `legacy` has no version prefix. We read it, with a warning from the caller, and never write it.
enum class AuthorityKeyForm { versioned, legacy };
struct ParsedAuthorityKey {
    AuthorityPublicKey key{};
    AuthorityKeyForm form = AuthorityKeyForm::versioned;
};

/// base58check of 01 00 and the x-only key (Sv2 4.7).
std::string authority_key_text(const AuthorityPublicKey& key);
/// Errors: `not_base58check`, `wrong_size`, `unknown_version`, `not_on_curve`.
base::Result<ParsedAuthorityKey, KeyError> parse_authority_key(std::string_view text);

/// base58check of the bare 32 bytes, as other implementations configure it. The caller wipes it.
std::string secret_key_text(const SecretKey& key);
/// Errors: `not_base58check`, `wrong_size`, `out_of_range`.
base::Result<SecretKey, KeyError> parse_secret_key(std::string_view text);

}  // namespace noise
