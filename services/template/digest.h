#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "bitcoin/sha256.h"

namespace templates {

/// At the end of a file: a double SHA-256 of what is before it, so that a file that was cut short
/// is not taken for a whole one.
inline constexpr std::size_t digest_size = 32;

inline void append_digest(base::Bytes& file) {
    base::append(file, bitcoin::sha256d(file).as_bytes());
}

/// What is before the digest; nothing where that is not its.
inline std::optional<base::ByteView> without_digest(base::ByteView file) {
    if (file.size() < digest_size) return std::nullopt;
    const auto body = file.first(file.size() - digest_size);
    const auto digest = bitcoin::sha256d(body);
    if (!std::ranges::equal(file.last(digest_size), digest.as_bytes())) return std::nullopt;
    return body;
}

}  // namespace templates
