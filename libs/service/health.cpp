#include "service/health.h"

#include <fmt/format.h>

#include "base/log.h"

namespace service {

void Health::set_not_ready(std::string_view condition, std::string_view why) {
    missing_.insert_or_assign(std::string{condition}, std::string{why});
    tell_if_changed();
}

void Health::set_ready(std::string_view condition) {
    const auto at = missing_.find(condition);
    if (at == missing_.end()) return;
    missing_.erase(at);
    tell_if_changed();
}

bool Health::is_ready() const {
    return missing_.empty();
}

std::string Health::reason() const {
    std::string text;
    for (const auto& [condition, why] : missing_)
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", condition, why);
    return text;
}

void Health::on_change(OnChange listener) {
    listener(is_ready());
    listeners_.push_back(std::move(listener));
}

void Health::tell_if_changed() {
    if (told_ready_ == is_ready()) return;
    told_ready_ = is_ready();
    if (told_ready_)
        base::log_info("ready");
    else
        base::log_info("not ready", {{"reason", reason()}});
    for (const auto& listener : listeners_) listener(told_ready_);
}

}  // namespace service
