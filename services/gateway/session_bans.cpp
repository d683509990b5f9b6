#include <vector>

#include "gateway/session.h"
#include "gateway/session_send.h"

namespace gateway {
namespace {

// Why, is the operator's to tell.
constexpr std::string_view banned = "banned";

}  // namespace

void Session::close_channels_of(const IsBanned& is_banned, Effects& effects) {
    std::vector<std::uint64_t> keys;
    for (const auto& [key, channel] : by_key_)
        if (is_banned(channel->info.user_identity)) keys.push_back(key);
    for (const auto key : keys) close_channel_of({key}, is_banned, effects);
}

void Session::close_channel_of(mining::ChannelKey key, const IsBanned& is_banned,
                               Effects& effects) {
    const auto found = by_key_.find(key.value);
    if (found == by_key_.end() || !is_banned(found->second->info.user_identity)) return;
    const auto id = found->second->id;
    acknowledge_all(effects);  // before the channel is gone (reference 5.3.9)
    send(sv2::CloseChannel{.channel_id = id, .reason_code = banned}, effects);
    end_channel(id.value, banned, effects);
    ++effects.channels_banned;
}

}  // namespace gateway
