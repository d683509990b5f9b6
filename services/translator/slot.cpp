#include "translator/slot.h"

#include <algorithm>
#include <utility>

namespace translator {

std::uint64_t Slot::issue(std::uint32_t number, const bitcoin::Target& target, bool is_clean) {
    last_job_id = number_of(last_job_id) == number ? last_job_id + 1 : std::uint64_t{number} << 32;
    if (is_clean) targets.clear();
    if (targets.empty() || targets.back().target != target) {
        if (targets.size() >= targets_max) targets.erase(targets.begin());
        targets.push_back({last_job_id, target});
    }
    return last_job_id;
}

std::optional<bitcoin::Target> Slot::target_of(std::uint64_t job_id) const {
    if (job_id > last_job_id) return std::nullopt;
    const auto after = std::ranges::upper_bound(targets, job_id, {}, &TargetFrom::job_id);
    if (after == targets.begin()) return std::nullopt;
    return std::prev(after)->target;
}

Slot& Slots::add(ChannelListener& listener, LocalVardiff vardiff) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const auto place = free_.back();
    free_.pop_back();
    slots_[place] = std::make_unique<Slot>(
        Slot{.handle = ChannelHandle{(std::uint64_t{++opened_} << 32) + place},
             .listener = &listener,
             .vardiff = std::move(vardiff)});
    ++size_;
    return *slots_[place];
}

void Slots::remove(ChannelHandle handle) {
    if (find(handle) == nullptr) return;
    const auto place = static_cast<std::uint32_t>(handle.value);
    slots_[place].reset();
    free_.push_back(place);
    --size_;
}

Slot* Slots::find(ChannelHandle handle) {
    const auto place = static_cast<std::uint32_t>(handle.value);
    if (place >= slots_.size() || !slots_[place] || slots_[place]->handle != handle) return nullptr;
    return slots_[place].get();
}

std::vector<ChannelHandle> Slots::handles() const {
    std::vector<ChannelHandle> found;
    found.reserve(size_);
    for (const auto& slot : slots_)
        if (slot) found.push_back(slot->handle);
    return found;
}

}  // namespace translator
