#pragma once

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "bitcoin/uint256.h"

namespace templates {

// Fields of a node's answer: nothing where they are missing or of another kind.

inline std::optional<std::uint64_t> integer(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    if (found->is_number_unsigned()) return found->get<std::uint64_t>();
    const auto value = found->get<std::int64_t>();
    if (value < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

inline std::optional<std::uint32_t> small_integer(const nlohmann::json& object, const char* key) {
    const auto value = integer(object, key);
    if (!value || *value > 0xffffffff) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

inline std::optional<std::string_view> text(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get_ref<const std::string&>();
}

inline std::optional<bool> boolean(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_boolean()) return std::nullopt;
    return found->get<bool>();
}

inline std::optional<bitcoin::Uint256> hash(const nlohmann::json& object, const char* key) {
    const auto hex = text(object, key);
    return hex ? bitcoin::Uint256::from_be_hex(*hex) : std::nullopt;
}

/// As Bitcoin Core writes them, eight hexadecimal digits, or as bcoin does, a number.
inline std::optional<std::uint32_t> nbits(const nlohmann::json& object) {
    const auto hex = text(object, "bits");
    if (!hex) return small_integer(object, "bits");
    if (hex->size() != 8) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex->data(), hex->data() + hex->size(), value, 16);
    if (error != std::errc{} || end != hex->data() + hex->size()) return std::nullopt;
    return value;
}

}  // namespace templates
