#include "gateway/extensions.h"

#include <algorithm>
#include <utility>

#include "sv2/message.h"

namespace gateway {
namespace {

constexpr bool is_served(std::uint16_t extension) {
    return extension == sv2::negotiation_extension || extension == sv2::worker_identity_extension;
}

bool contains(const Extensions::Ids& ids, std::uint16_t id) {
    return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

Extensions::Answer Extensions::on_request(const Ids& requested, bool has_channels) {
    Answer answer;
    if (has_channels) {
        answer.unsupported = requested;
        return answer;
    }
    for (const auto id : requested) {
        auto& ids = is_served(id) ? answer.supported : answer.unsupported;
        if (!contains(ids, id)) ids.push_back(id);
    }
    for (const auto id : required_)
        if (!contains(requested, id)) answer.missing.push_back(id);
    const bool is_nothing_served = !requested.empty() && answer.supported.empty();
    answer.is_success = !is_nothing_served && answer.missing.empty();
    answer.is_hopeless = !answer.missing.empty() && std::exchange(was_told_, true);
    agreed_ = answer.is_success ? answer.supported : Ids{};
    return answer;
}

bool Extensions::is_satisfied() const {
    return std::ranges::all_of(required_, [this](std::uint16_t id) { return has(id); });
}

bool Extensions::has(std::uint16_t extension) const {
    return contains(agreed_, extension);
}

}  // namespace gateway
