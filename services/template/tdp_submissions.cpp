#include "template/tdp_submissions.h"

#include <algorithm>

namespace templates {
namespace {

constexpr std::size_t tips_max = 144;  // a day's

}  // namespace

bool TdpSubmissions::was_tip(const bitcoin::BlockHash& hash) const {
    return std::ranges::find(tips_, hash) != tips_.end();
}

std::optional<bitcoin::BlockHash> TdpSubmissions::tip() const {
    if (tips_.empty()) return std::nullopt;
    return tips_.back();
}

void TdpSubmissions::sent(const bitcoin::BlockHash& hash, const bitcoin::BlockHash& built_on,
                          base::SteadyTime now, Source::OnSubmitted on_submitted) {
    pending_.push_back({hash, built_on, now, std::move(on_submitted)});
}

TdpSubmissions::Answers TdpSubmissions::on_tip(const bitcoin::BlockHash& tip) {
    std::erase(tips_, tip);
    tips_.push_back(tip);
    if (tips_.size() > tips_max) tips_.pop_front();
    Answers answers;
    for (auto one = pending_.begin(); one != pending_.end();) {
        if (one->hash == tip) {
            answers.push_back({std::move(one->to), {SubmitAnswer::Kind::accepted, {}}});
            one = pending_.erase(one);
        } else {
            ++one;
        }
    }
    return answers;
}

TdpSubmissions::Answers TdpSubmissions::on_time(base::SteadyTime now) {
    Answers answers;
    for (auto one = pending_.begin(); one != pending_.end();) {
        if (now - one->sent_at < patience) {
            ++one;
            continue;
        }
        if (tip() == one->built_on)
            answers.push_back({std::move(one->to),
                               {SubmitAnswer::Kind::unreachable,
                                "the node has not made it its tip yet; it does not say why"}});
        else
            answers.push_back({std::move(one->to),
                               {SubmitAnswer::Kind::rejected,
                                "inconclusive: the node has another block in its place, and does "
                                "not say more"}});
        one = pending_.erase(one);
    }
    return answers;
}

TdpSubmissions::Answers TdpSubmissions::on_lost(std::string_view why) {
    Answers answers;
    for (auto& one : std::exchange(pending_, {}))
        answers.push_back({std::move(one.to), {SubmitAnswer::Kind::unreachable, std::string{why}}});
    return answers;
}

}  // namespace templates
