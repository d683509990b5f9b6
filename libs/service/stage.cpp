#include "service/stage.h"

#include <fmt/format.h>

#include <algorithm>

namespace service {
namespace {

// Two publications within one reading are rare; who meets them so often takes what there is.
constexpr int reading_attempts = 1'000;

}  // namespace

std::string StageEntry::text() const {
    std::string text;
    for (const auto& part : parts_) {
        if (part.kind == nullptr) break;
        text += fmt::format("{}{} {}", text.empty() ? "" : " of ", part.kind, part.id);
    }
    return text;
}

// All operations are sequentially consistent, see EventRing.
void Stage::publish(std::size_t depth, base::SteadyTime oldest, const StageEntry& entry) {
    const auto version = version_.load() + 1;
    auto& slot = slots_[version % 2];
    slot.depth = depth;
    slot.oldest = oldest.time_since_epoch().count();
    for (std::size_t i = 0; i < slot.parts.size(); ++i) {
        slot.parts[i].kind = entry.parts_[i].kind;
        slot.parts[i].id = entry.parts_[i].id;
    }
    version_ = version;
}

Stage::Waiting Stage::waiting() const {
    Waiting waiting;
    for (int attempt = 0; attempt < reading_attempts; ++attempt) {
        const auto version = version_.load();
        const auto& slot = slots_[version % 2];
        waiting.depth = slot.depth;
        waiting.oldest = base::SteadyTime{base::SteadyTime::duration{slot.oldest.load()}};
        for (std::size_t i = 0; i < slot.parts.size(); ++i)
            waiting.entry.parts_[i] = {slot.parts[i].kind.load(), slot.parts[i].id.load()};
        if (version == version_) break;
    }
    return waiting.depth == 0 ? Waiting{} : waiting;
}

std::chrono::nanoseconds Stage::age(base::SteadyTime now) const {
    const auto waiting = this->waiting();
    if (waiting.depth == 0) return {};
    return std::max(std::chrono::nanoseconds{0},
                    std::chrono::duration_cast<std::chrono::nanoseconds>(now - waiting.oldest));
}

}  // namespace service
