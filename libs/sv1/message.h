#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "sv1/call.h"
#include "sv1/id.h"

/// One line, understood. Texts and spans borrow from the parser and last until its next line.
namespace sv1 {

/// A request, or a notification: miners number what they do not want answered, and leave null
/// where they do, so that the id tells nothing but what to repeat.
struct Request {
    Id id{};
    std::string_view method{};
    base::Result<Call, CallError> call{base::unexpected(CallError::unknown_method)};
};

/// What `mining.subscribe` answers.
struct SubscribeResult {
    std::string_view session_id{};  ///< of `mining.notify`; empty where there is none
    ExtranonceBytes extranonce1{};
    std::uint32_t extranonce2_size{};
};

/// What `mining.configure` answers, of what we know; absent where the pool says nothing.
struct ConfigureResult {
    std::optional<bool> version_rolling{};
    std::optional<std::uint32_t> version_rolling_mask{};
    std::optional<bool> minimum_difficulty{};
    std::optional<bool> subscribe_extranonce{};
};

/// A result that no request of ours has.
struct OtherResult {};
struct NullResult {};

using ResultValue =
    std::variant<NullResult, bool, std::string_view, SubscribeResult, ConfigureResult, OtherResult>;

struct ErrorValue {
    std::int64_t code{};
    std::string_view text{};
};

struct Response {
    Id id{};
    ResultValue result{};
    std::optional<ErrorValue> error{};
};

using Message = std::variant<Request, Response>;

/// Why a line is nothing at all: the peer does not speak SV1.
enum class ParseError {
    too_long,       ///< longer than the parser takes
    not_json,       ///< not one JSON document, or a number that fits no type
    not_utf8,       ///< bytes that are no text
    too_deep,       ///< lists within lists without end
    not_a_message,  ///< JSON, but neither a request nor a response
    bad_id,         ///< neither integer, string nor null, or too long
    bad_method,     ///< not a string, or too long
};

/// As metrics and logs say it: "not-json".
std::string_view error_code(ParseError error);

}  // namespace sv1
