#include <algorithm>
#include <numeric>

#include "gateway/session.h"
#include "gateway/session_send.h"

namespace gateway {

bool Session::close_channel(mining::ChannelKey key, std::string_view reason, Effects& effects) {
    const auto found = by_key_.find(key.value);
    if (found == by_key_.end()) return false;
    const auto id = found->second->id;
    acknowledge_all(effects);  // before the channel is gone (reference 5.3.9)
    send(sv2::CloseChannel{.channel_id = id, .reason_code = reason}, effects);
    end_channel(id.value, reason, effects);
    return true;
}

std::string_view Session::user_identity() const {
    return channels_.empty() ? std::string_view{}
                             : std::string_view{channels_.begin()->second->info.user_identity};
}

std::size_t Session::unanswered() const {
    return std::accumulate(
        channels_.begin(), channels_.end(), std::size_t{},
        [](std::size_t sum, const auto& entry) { return sum + entry.second->unanswered; });
}

std::vector<mining::ChannelKey> Session::channel_keys(std::size_t at_most) const {
    std::vector<mining::ChannelKey> keys;
    for (const auto& [key, channel] : by_key_) {
        if (keys.size() == at_most) break;
        keys.push_back({key});
    }
    return keys;
}

void Session::keep_device(const sv2::SetupConnection& setup) {
    const std::string_view texts[] = {setup.vendor, setup.hardware_version, setup.firmware,
                                      setup.device_id};
    std::size_t size = 0;
    for (const auto& text : texts) size += text.size();
    device_.reserve(size);
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        device_ += texts[i];
        if (i < device_ends_.size()) device_ends_[i] = static_cast<std::uint16_t>(device_.size());
    }
}

Session::Device Session::device() const {
    const std::string_view all{device_};
    const auto& [vendor, hardware, firmware] = device_ends_;
    return {.vendor = all.substr(0, vendor),
            .hardware_version = all.substr(vendor, hardware - vendor),
            .firmware = all.substr(hardware, firmware - hardware),
            .device_id = all.substr(firmware)};
}

}  // namespace gateway
