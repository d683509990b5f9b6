#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "noise/certificate.h"

namespace noise {

/// A file of keys is not what it should be; the message says what is wrong and how to cure it.
struct KeyFileError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The text of a secret file; wiped on destruction.
class SecretText {
  public:
    explicit SecretText(std::string text) : text_(std::move(text)) {}
    SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) {}
    SecretText& operator=(SecretText&&) = delete;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { sodium_memzero(text_.data(), text_.size()); }
    std::string_view view() const { return text_; }

  private:
    std::string text_;
};

/// A certificate with all that is needed to check it.
struct IssuedCertificate {
    Certificate certificate{};
    XOnlyPublicKey static_key{};
    AuthorityPublicKey authority{};
};

/// The files of `aditctl keys`: lines of `name = value`, blank lines and lines that begin with #.
/// Each begins with its kind. Byte strings are lower-case hex, authority keys and secrets
/// base58check, times unix seconds.
///
///     kind = authority-secret-key        kind = gateway-certificate
///     secret_key = ...                   authority_public_key = ...
///     public_key = ...                   static_public_key = ...
///                                        version = 0
///     kind = authority-public-key        valid_from = ...
///     public_key = ...                   not_valid_after = ...
///                                        signature = ...
///     kind = gateway-secret-key
///     secret_key = ...
///     public_key = ...
enum class KeyFileKind {
    authority_secret_key,
    authority_public_key,
    gateway_secret_key,
    gateway_certificate,
};
std::string_view kind_text(KeyFileKind kind);

SecretText authority_secret_file(const SecretKey& authority);
std::string authority_public_file(const AuthorityPublicKey& authority);
SecretText gateway_secret_file(const SecretKey& static_key);
std::string certificate_file(const IssuedCertificate& issued);

/// What kind of file a text is. Throws KeyFileError, as do the following: on an unknown, missing
/// or repeated name, a malformed value, or a public key that is not its secret key's.
KeyFileKind kind_of(std::string_view text);
SecretKey parse_authority_secret_file(std::string_view text);
AuthorityPublicKey parse_authority_public_file(std::string_view text);
SecretKey parse_gateway_secret_file(std::string_view text);
/// Also throws if the signature is not the named authority's. Looks at no clock.
IssuedCertificate parse_certificate_file(std::string_view text);

}  // namespace noise
