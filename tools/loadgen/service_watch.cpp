#include "loadgen/service_watch.h"

#include <algorithm>

namespace loadgen {
namespace {

// Where blocks come every few seconds, one share in twenty is late: three in a row are then seen
// once in some ten thousand shares, five in a row are not.
constexpr std::uint64_t refused_min = 5;

}  // namespace

const char* name_of(Gap::Kind kind) {
    switch (kind) {
        case Gap::Kind::work: return "work";
        case Gap::Kind::answer: return "answer";
        case Gap::Kind::refused: return "refused";
    }
    return "";
}

void ServiceWatch::wants_work(base::SteadyTime now) {
    if (!wants_work_since_) wants_work_since_ = now;
}

void ServiceWatch::has_work(base::SteadyTime now) {
    if (wants_work_since_) add(Gap::Kind::work, *wants_work_since_, now);
    wants_work_since_.reset();
}

void ServiceWatch::lost(std::optional<base::SteadyTime> unanswered_since, base::SteadyTime now) {
    const auto since = unanswered_since.value_or(now);
    wants_work_since_ = std::min(wants_work_since_.value_or(since), since);
}

void ServiceWatch::left() {
    wants_work_since_.reset();
    refused_since_.reset();
    refused_ = 0;
}

void ServiceWatch::accepted(base::SteadyTime sent, base::SteadyTime now) {
    answered(sent, now);
    end_refusals();
}

void ServiceWatch::rejected(base::SteadyTime sent, base::SteadyTime now) {
    answered(sent, now);
    if (refused_++ == 0) refused_since_ = sent;
    refused_until_ = now;
}

void ServiceWatch::finish(std::optional<base::SteadyTime> unanswered_since, base::SteadyTime now) {
    if (unanswered_since) answered(*unanswered_since, now);
    end_refusals();
    has_work(now);
}

void ServiceWatch::answered(base::SteadyTime sent, base::SteadyTime now) {
    add(Gap::Kind::answer, sent, now);
}

void ServiceWatch::end_refusals() {
    if (refused_since_ && refused_ >= refused_min)
        add(Gap::Kind::refused, *refused_since_, refused_until_);
    refused_since_.reset();
    refused_ = 0;
}

void ServiceWatch::add(Gap::Kind kind, base::SteadyTime from, base::SteadyTime to) {
    longest_ = std::max(longest_, to - from);
    if (to - from < gap_min_) return;
    // Many shares that wait at once are one gap.
    if (!gaps_.empty() && gaps_.back().kind == kind && from <= gaps_.back().to) {
        gaps_.back().from = std::min(gaps_.back().from, from);
        gaps_.back().to = std::max(gaps_.back().to, to);
        return;
    }
    gaps_.push_back({kind, from, to});
}

}  // namespace loadgen
