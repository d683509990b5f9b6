#include "admin/live_rows.h"

#include <fmt/format.h>

namespace admin {

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\u{:04x}", byte);
        else
            out += c;
    }
    return out += '"';
}

void LiveRows::begin() {
    made_.clear();
    for (auto& [name, row] : rows_) row.is_seen = false;
}

void LiveRows::put(std::string_view name, std::string json) {
    auto found = rows_.find(name);
    if (found == rows_.end()) {
        found = rows_.emplace(name, Row{}).first;
        removed_.erase(found->first);
    }
    auto& row = found->second;
    row.is_seen = true;
    if (row.revision != 0 && row.json == json) return;
    row.json = std::move(json);
    row.revision = ++revision_;
}

void LiveRows::end() {
    for (auto at = rows_.begin(); at != rows_.end();) {
        if (at->second.is_seen) {
            ++at;
            continue;
        }
        removed_[at->first] = ++revision_;
        at = rows_.erase(at);
    }
    if (removed_.size() > removals_kept) {
        removed_.clear();
        forgotten_ = revision_;
    }
}

std::shared_ptr<const std::string> LiveRows::changes_since(Revision since) {
    if (since == revision_) return nullptr;
    auto& made = made_[since];
    if (!made) made = std::make_shared<const std::string>(written(since));
    return made;
}

std::string LiveRows::written(Revision since) const {
    const bool is_all = since == 0 || since < forgotten_ || since > revision_;
    std::string out = is_all ? R"({"all":true,"rows":[)" : R"({"rows":[)";
    const char* comma = "";
    for (const auto& [name, row] : rows_) {
        if (!is_all && row.revision <= since) continue;
        (out += comma) += row.json;
        comma = ",";
    }
    out += ']';
    if (!is_all) {
        out += R"(,"removed":[)";
        comma = "";
        for (const auto& [name, when] : removed_) {
            if (when <= since) continue;
            (out += comma) += json_string(name);
            comma = ",";
        }
        out += ']';
    }
    return out += '}';
}

}  // namespace admin
