#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "sv1/call.h"
#include "sv1/id.h"

/// What a pool answers: each appends one line to `out`. Texts are UTF-8.
namespace sv1 {

/// The codes that SV1 pools use; miners count and show them.
enum class ErrorCode {
    other = 20,
    job_not_found = 21,
    duplicate_share = 22,
    low_difficulty_share = 23,
    unauthorized_worker = 24,
    not_subscribed = 25,
};

/// "Job not found".
std::string_view error_text(ErrorCode code);

void append_result(const Id& id, bool result, std::string& out);
/// To `mining.ping`: "pong"; to `client.get_version`, by a miner: its name.
void append_text_result(const Id& id, std::string_view result, std::string& out);
void append_error(const Id& id, ErrorCode code, std::string& out);
/// With a text that says more than the code's own.
void append_error(const Id& id, ErrorCode code, std::string_view text, std::string& out);

/// To `mining.subscribe`. A miner that comes back names the session.
struct Subscribed {
    std::string_view session_id{};
    base::ByteView extranonce1{};
    std::size_t extranonce2_size{};
};
void append_subscribed(const Id& id, const Subscribed& subscribed, std::string& out);

/// What a miner gets of what it asked for in `mining.configure`.
struct Granted {
    std::optional<std::uint32_t> version_rolling_mask{};  ///< zero is as good as nothing
    bool minimum_difficulty{};
    bool subscribe_extranonce{};
};

/// The version bits that both ends allow; nothing when the miner did not ask for any, or none are
/// left. Fewer bits than the miner's minimum are granted all the same: it may leave (BIP 310).
std::optional<std::uint32_t> granted_mask(const Configure& asked, std::uint32_t allowed);

/// To `mining.configure`: an answer for every extension that it lists, `false` for unknown ones.
void append_configured(const Id& id, const Configure& asked, const Granted& granted,
                       std::string& out);

}  // namespace sv1
