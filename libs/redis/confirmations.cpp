#include "redis/confirmations.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace redis {

void Unconfirmed::fail(const Error& error) {
    if (done) std::exchange(done, {})(base::unexpected(error));
}

void Unconfirmed::confirm(std::int64_t replicas_reached) {
    if (!done) return;
    Replicated replicated;
    replicated.reply = std::move(reply).value_or(Reply{});
    replicated.replicas = replicas_reached;
    std::exchange(done, {})(std::move(replicated));
}

std::optional<Confirmations::Group> Confirmations::take() {
    if (is_under_way_) return std::nullopt;
    // What has failed needs no WAIT.
    std::erase_if(commands_, [](const Shared& command) { return !command->done; });
    if (commands_.empty()) return std::nullopt;
    Group group;
    for (const auto& command : commands_) {
        group.replicas = std::max(group.replicas, command->replicas);
        group.timeout = std::max(group.timeout, command->timeout);
    }
    group.commands = std::exchange(commands_, {});
    is_under_way_ = true;
    return group;
}

std::vector<Confirmations::Shared> Confirmations::take_answered() {
    const auto answered = std::stable_partition(
        commands_.begin(), commands_.end(), [](const Shared& command) { return !command->reply; });
    std::vector<Shared> taken(std::make_move_iterator(answered),
                              std::make_move_iterator(commands_.end()));
    commands_.erase(answered, commands_.end());
    return taken;
}

}  // namespace redis
