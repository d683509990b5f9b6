#include "channel-manager/template_search.h"

#include "base/log.h"

namespace channel_manager {

bool TemplateSearch::seek(mining::TemplateRef ref, base::SteadyTime now) {
    auto found = searches_.find(ref);
    if (found == searches_.end()) {
        forget(now);
        if (searches_.size() >= searches_max) return false;
        found = searches_.emplace(ref, Search{}).first;
        found->second.next_at = now + first_rest;
    }
    auto& search = found->second;
    search.sought_at = now;
    if (search.is_lost) return true;
    if (search.is_asking || now < search.next_at) return false;
    search.is_asking = true;
    search.next_at = now + rest;
    ask(ref);
    return false;
}

void TemplateSearch::ask(mining::TemplateRef ref) {
    ports_.ask_replicas(ref, [this, ref, alive = std::weak_ptr{is_alive_}](Answer replicas) {
        if (alive.expired()) return;
        if (replicas == Answer::found) return on_answers(ref, replicas, Answer::unknown);
        ports_.ask_redis(ref, [this, ref, alive, replicas](Answer redis) {
            if (!alive.expired()) on_answers(ref, replicas, redis);
        });
    });
}

void TemplateSearch::on_answers(mining::TemplateRef ref, Answer replicas, Answer redis) {
    const auto search = searches_.find(ref);
    if (replicas == Answer::found || redis == Answer::found) {
        base::log_info(
            "a template that no stream brought was found",
            {{"template", ref.value}, {"where", replicas == Answer::found ? "replica" : "Redis"}});
        if (search != searches_.end()) searches_.erase(search);
        return ports_.on_found();
    }
    if (search == searches_.end()) return;
    search->second.is_asking = false;
    search->second.is_lost = replicas == Answer::unknown && redis == Answer::unknown;
}

void TemplateSearch::forget(base::SteadyTime now) {
    std::erase_if(searches_, [now](const auto& entry) {
        return !entry.second.is_asking && now - entry.second.sought_at >= forget_after;
    });
}

}  // namespace channel_manager
