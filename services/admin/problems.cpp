#include "admin/problems.h"

#include "admin/chain_rules.h"
#include "admin/redis_rules.h"

namespace admin {

void Problems::start() {
    started_ = clock_.steady_now();
    look();
}

void Problems::look() {
    const Moment now{clock_.steady_now(), clock_.unix_now()};
    const auto& [fleet, redis, nodes] = sources_;
    Findings findings;
    judge_redis(redis.states(), redis.replicas_wanted(), now, findings);
    fleet_rules_.judge(fleet.members(), fleet.unresolved(), now, findings);
    judge_chain(view_,
                {.is_followed = nodes.has_replicas(),
                 .followed_since = started_,
                 .last = nodes.template_since()},
                now, findings);
    mining_rules_.judge(view_, now, findings);
    mark_consequences(findings);
    book_.update(findings, now);
    timer_.expires_after(interval);
    timer_.async_wait([this](const auto& error) {
        if (!error) look();
    });
}

}  // namespace admin
