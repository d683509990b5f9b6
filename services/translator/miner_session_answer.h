#pragma once

#include <string>
#include <string_view>

#include "translator/miner_session.h"

/// What the parts of MinerSession use to answer. Private to them.
namespace translator {

/// Writes the answer, or keeps it until those before it are written. Who gave no id at all wants
/// none.
template <class Append>
void MinerSession::answer(const sv1::Id& id, Append append) {
    if (id.is_absent()) return;
    if (held_.empty()) {
        append(outlet_.lines());
        outlet_.flush_soon();
        return;
    }
    std::string text;
    append(text);
    hold(HeldAnswer::Kind::text, id, text);
}

/// Shares' answers wait for nobody's but their own.
template <class Append>
void MinerSession::answer_share(const sv1::Id& id, Append append) {
    if (id.is_absent()) return;
    append(outlet_.lines());
    outlet_.flush_soon();
}

/// A pool's words, as they may stand in a line of ours and in a log.
inline std::string printable(std::string_view words) {
    constexpr std::size_t size_max = 64;
    std::string text;
    for (const char c : words.substr(0, size_max)) text.push_back(c >= ' ' && c <= '~' ? c : '?');
    return text;
}

}  // namespace translator
