#include "template/leadership.h"

#include <algorithm>
#include <utility>

namespace templates {
namespace {

// What the lease has left by Redis' clock is asked for again this much after it.
constexpr std::chrono::milliseconds after_the_end{5};

}  // namespace

Leadership::Effects Leadership::on_time(base::SteadyTime now, bool is_able) {
    Effects effects;
    if (stage_ == Stage::stopped) return effects;
    is_able_ = is_able;
    if (has_epoch() && !is_able) {
        effects.emplace_back(Release{epoch_});
        end("it has no template of its own any more", effects);
        next_at_ = now + rest();
    }
    if (now < next_at_ || is_asking_) return effects;
    next_at_ = now + rest();
    if (stage_ == Stage::waiting && usable_at_ > now) next_at_ = std::min(next_at_, usable_at_);
    if (stage_ == Stage::waiting)
        effects.emplace_back(Confirm{epoch_});
    else if (stage_ == Stage::leading)
        effects.emplace_back(Renew{epoch_});
    else if (is_able)
        effects.emplace_back(Take{newest_});
    else
        return effects;
    is_asking_ = true;
    asked_at_ = now;
    return effects;
}

Leadership::Effects Leadership::on_answer(const ledger::LeaseAnswer& answer, base::SteadyTime now) {
    using Kind = ledger::LeaseAnswer::Kind;
    Effects effects;
    is_asking_ = false;
    const bool is_ours = has_epoch() && answer.epoch == epoch_;
    switch (answer.kind) {
        case Kind::taken: on_taken(answer, now, effects); break;
        case Kind::held:
            if (!is_ours) break;
            confirmed_at_ = asked_at_;
            if (stage_ != Stage::waiting) break;
            // By Redis' clock, which may have jumped meanwhile. One that has passed the epoch and
            // forgets it from now on names later ones (D11).
            usable_at_ = now + answer.usable_after;
            if (answer.usable_after.count() > 0) {
                next_at_ = std::min(next_at_, usable_at_);
                break;
            }
            stage_ = Stage::leading;
            effects.emplace_back(Begin{epoch_});
            break;
        case Kind::fenced:
            newest_ = std::max(newest_, answer.epoch);
            if (has_epoch()) end("Redis has named a newer epoch", effects);
            break;
        case Kind::taken_by_another:
            newest_ = std::max(newest_, answer.epoch);
            next_at_ = std::min(next_at_, now + answer.left + after_the_end);
            break;
        case Kind::released: break;
    }
    return effects;
}

void Leadership::on_no_answer(base::SteadyTime now) {
    is_asking_ = false;
    next_at_ = std::max(next_at_, now + rest() / 4);
}

void Leadership::on_taken(const ledger::LeaseAnswer& answer, base::SteadyTime now,
                          Effects& effects) {
    // Asked for while following; what has changed since then gives it back.
    if (stage_ != Stage::following || !is_able_ || answer.epoch <= newest_) {
        effects.emplace_back(Release{answer.epoch});
        newest_ = std::max(newest_, answer.epoch);
        return;
    }
    stage_ = Stage::waiting;
    epoch_ = newest_ = answer.epoch;
    usable_at_ = now + answer.usable_after;
    confirmed_at_ = asked_at_;
    next_at_ = std::min(asked_at_ + rest(), usable_at_);
}

Leadership::Effects Leadership::on_epoch_seen(mining::Epoch epoch, base::SteadyTime now) {
    Effects effects;
    newest_ = std::max(newest_, epoch);
    if (has_epoch() && epoch > epoch_) {
        end("another replica streams a newer epoch", effects);
        next_at_ = now + rest();
    }
    return effects;
}

void Leadership::ask_soon(base::SteadyTime now) {
    next_at_ = std::min(next_at_, now);
}

Leadership::Effects Leadership::on_exhausted(base::SteadyTime now) {
    Effects effects;
    if (!has_epoch()) return effects;
    effects.emplace_back(Release{epoch_});
    end("it has no more names for templates", effects);
    next_at_ = now;
    return effects;
}

Leadership::Effects Leadership::on_stop() {
    Effects effects;
    if (has_epoch()) {
        effects.emplace_back(Release{epoch_});
        end("the service stops", effects);
    }
    stage_ = Stage::stopped;
    return effects;
}

std::optional<mining::Epoch> Leadership::epoch() const {
    return is_leading() ? std::optional{epoch_} : std::nullopt;
}

void Leadership::end(std::string_view why, Effects& effects) {
    if (stage_ == Stage::leading) effects.emplace_back(End{epoch_, why});
    stage_ = Stage::following;
    confirmed_at_.reset();
}

}  // namespace templates
