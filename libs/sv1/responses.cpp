#include "sv1/responses.h"

#include <algorithm>

#include "sv1/json_text.h"
#include "sv1/text.h"
#include "sv1/version_rolling.h"

namespace sv1 {
namespace {

void begin(const Id& id, std::string& out) {
    out.append("{\"id\":").append(id.json()).append(",\"result\":");
}

void end(std::string& out) {
    out.append(",\"error\":null}\n");
}

void append_bool(bool claim, std::string& out) {
    out.append(claim ? "true" : "false");
}

/// The answer for one extension, and what belongs to it.
void append_extension(std::string_view extension, const Granted& granted, std::string& out) {
    append_json_string(extension, out);
    out.push_back(':');
    const auto mask = granted.version_rolling_mask.value_or(0);
    if (extension == version_rolling) {
        append_bool(mask != 0, out);
        if (mask == 0) return;
        out.append(",\"version-rolling.mask\":");
        append_json_hex32(mask, out);
    } else if (extension == minimum_difficulty) {
        append_bool(granted.minimum_difficulty, out);
    } else if (extension == subscribe_extranonce) {
        append_bool(granted.subscribe_extranonce, out);
    } else {
        append_bool(false, out);
    }
}

}  // namespace

std::string_view error_text(ErrorCode code) {
    switch (code) {
        case ErrorCode::other: return "Other/Unknown";
        case ErrorCode::job_not_found: return "Job not found";
        case ErrorCode::duplicate_share: return "Duplicate share";
        case ErrorCode::low_difficulty_share: return "Low difficulty share";
        case ErrorCode::unauthorized_worker: return "Unauthorized worker";
        case ErrorCode::not_subscribed: return "Not subscribed";
    }
    return "";
}

void append_result(const Id& id, bool result, std::string& out) {
    begin(id, out);
    append_bool(result, out);
    end(out);
}

void append_text_result(const Id& id, std::string_view result, std::string& out) {
    begin(id, out);
    append_json_string(result, out);
    end(out);
}

void append_error(const Id& id, ErrorCode code, std::string& out) {
    append_error(id, code, error_text(code), out);
}

void append_error(const Id& id, ErrorCode code, std::string_view text, std::string& out) {
    begin(id, out);
    out.append("null,\"error\":[");
    append_decimal(static_cast<std::uint64_t>(code), out);
    out.push_back(',');
    append_json_string(text, out);
    out.append(",null]}\n");
}

void append_subscribed(const Id& id, const Subscribed& subscribed, std::string& out) {
    begin(id, out);
    out.append("[[[\"mining.set_difficulty\",");
    append_json_string(subscribed.session_id, out);
    out.append("],[\"mining.notify\",");
    append_json_string(subscribed.session_id, out);
    out.append("]],");
    append_json_hex(subscribed.extranonce1, out);
    out.push_back(',');
    append_decimal(subscribed.extranonce2_size, out);
    out.push_back(']');
    end(out);
}

std::optional<std::uint32_t> granted_mask(const Configure& asked, std::uint32_t allowed) {
    if (!asked.lists(version_rolling)) return std::nullopt;
    const auto mask = asked.version_rolling_mask.value_or(version_mask_default) & allowed;
    return mask != 0 ? std::optional{mask} : std::nullopt;
}

void append_configured(const Id& id, const Configure& asked, const Granted& granted,
                       std::string& out) {
    begin(id, out);
    out.push_back('{');
    const auto& listed = asked.extensions;
    for (auto entry = listed.begin(); entry != listed.end(); ++entry) {
        if (std::find(listed.begin(), entry, *entry) != entry) continue;  // it says so twice
        if (entry != listed.begin()) out.push_back(',');
        append_extension(*entry, granted, out);
    }
    out.push_back('}');
    end(out);
}

}  // namespace sv1
