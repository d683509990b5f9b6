#include "template/submit_verdict.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace templates {
namespace {

using namespace std::string_view_literals;

constexpr auto bcoin_prefix = "rejected: "sv;
// Stored, but not connected: it does not have more work than what the node builds on.
constexpr std::array side_branch{"inconclusive"sv, "duplicate-inconclusive"sv};
// The node has not seen the block before this one, or its clock is behind ours.
constexpr std::array not_yet{"prev-blk-not-found"sv, "time-too-new"sv};
// bcoin's word for a block whose predecessor it does not know. Core's same word, without the
// prefix, is for one whose predecessor is invalid.
constexpr auto bcoin_unknown_parent = "rejected: bad-prevblk"sv;

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

SubmitVerdict verdict_of_reason(std::string_view reason) {
    if (reason == bcoin_unknown_parent) return SubmitVerdict::not_yet;
    if (reason.starts_with(bcoin_prefix)) reason.remove_prefix(bcoin_prefix.size());
    if (is_one_of(side_branch, reason)) return SubmitVerdict::side_branch;
    if (is_one_of(not_yet, reason)) return SubmitVerdict::not_yet;
    if (reason == "duplicate") return SubmitVerdict::taken;
    return SubmitVerdict::refused;
}

}  // namespace

SubmitVerdict verdict_of(const SubmitAnswer& answer) {
    switch (answer.kind) {
        case SubmitAnswer::Kind::accepted: return SubmitVerdict::taken;
        case SubmitAnswer::Kind::duplicate:
            return verdict_of_reason(answer.reason) == SubmitVerdict::side_branch
                       ? SubmitVerdict::side_branch
                       : SubmitVerdict::taken;
        case SubmitAnswer::Kind::rejected: return verdict_of_reason(answer.reason);
        case SubmitAnswer::Kind::unreachable: return SubmitVerdict::no_answer;
        case SubmitAnswer::Kind::unsupported: return SubmitVerdict::cannot_take;
    }
    return SubmitVerdict::no_answer;
}

}  // namespace templates
