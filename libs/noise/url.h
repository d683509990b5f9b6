#pragma once

#include <string>
#include <string_view>

#include "noise/keys.h"

namespace noise {

/// Where somebody listens: HOST:PORT.
struct Place {
    std::string host{};  ///< a name or an address; an IPv6 address without its brackets
    std::uint16_t port = 0;
};

/// Where a pool listens and whom to trust there: stratum2+tcp://HOST:PORT/AUTHORITY_KEY (Sv2 4.7).
struct PoolUrl {
    std::string host{};  ///< a name or an address; an IPv6 address without its brackets
    std::uint16_t port = 0;
    ParsedAuthorityKey authority{};
};

enum class UrlError { wrong_scheme, bad_host, bad_port, missing_key, bad_key };
/// The enumerator in words, for messages: "the port is missing, or not from 1 to 65535".
std::string_view error_text(UrlError error);

inline constexpr std::string_view pool_scheme = "stratum2+tcp://";

/// Errors: `bad_host`, `bad_port`. Nothing is looked up.
base::Result<Place, UrlError> parse_place(std::string_view text);

/// `scheme` is what it has to begin with. Errors: each enumerator. Nothing is looked up.
base::Result<PoolUrl, UrlError> parse_pool_url(std::string_view text,
                                               std::string_view scheme = pool_scheme);

}  // namespace noise
