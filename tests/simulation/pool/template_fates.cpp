#include "simulation/pool/template_fates.h"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "ledger/keys.h"

namespace simulation {
namespace {

// templates::TemplateStore::Limits.
constexpr std::size_t tips_kept = 4;

}  // namespace

TemplateFates::Seen TemplateFates::see() const {
    Seen seen{.failovers = redis_.failovers()};
    for (std::size_t i = 0; i < parts_.size(); ++i)
        seen.replicas.push_back(parts_.replica(i) == nullptr ? std::nullopt
                                                             : std::optional{parts_.started_at(i)});
    return seen;
}

/// The deaths of those that lived when we last looked.
std::string TemplateFates::whats_new(const Seen& now) const {
    std::string what;
    for (std::size_t i = 0; i < parts_.size(); ++i)
        if (seen_.replicas[i] && now.replicas[i] != seen_.replicas[i])
            what += fmt::format("{}{} died", what.empty() ? "" : ", ", parts_.addresses()[i]);
    if (now.failovers != seen_.failovers)
        what += fmt::format("{}Redis failed over", what.empty() ? "" : ", ");
    return what;
}

void TemplateFates::look() {
    const auto now = see();
    const auto what = whats_new(now);
    for (const auto& [ref, named] : parts_.laws().named()) {
        auto& fate = fates_[ref];
        if (!fate.went_with.empty() || (fate.was_whole && what.empty())) continue;
        if (can_build(ref)) {
            fate.was_whole = true;
        } else if (fate.was_whole) {
            fate.went_with = what;
            world_.trace("template {} cannot be built any more: {}", ref.value, what);
        }
    }
    seen_ = now;
}

bool TemplateFates::is_archived(mining::TemplateRef ref) const {
    auto& redis = redis_.data();
    const auto record = redis.execute(
        {"HMGET", ledger::keys::template_record(ref), "template", "transactions", "packs"});
    if (record.string_at(0).empty() || record.string_at(1).empty()) return false;
    std::istringstream packs{std::string{record.string_at(2)}};
    for (std::string pack; packs >> pack;)
        if (*redis.execute({"EXISTS", pack}).integer() != 1) return false;
    return true;
}

bool TemplateFates::can_build(mining::TemplateRef ref) const {
    for (std::size_t i = 0; i < parts_.size(); ++i)
        if (parts_.can_build(i, ref)) return true;
    return is_archived(ref);
}

std::optional<std::string> TemplateFates::why_beyond_building(mining::TemplateRef ref) const {
    if (can_build(ref)) return std::nullopt;
    const auto found = fates_.find(ref);
    if (found == fates_.end() || !found->second.was_whole)
        return "nobody ever had its transactions";
    if (!found->second.went_with.empty()) return found->second.went_with;
    if (is_outdated(ref)) return "its tip is older than four others";
    return std::nullopt;
}

bool TemplateFates::is_outdated(mining::TemplateRef ref) const {
    const auto& named = parts_.laws().named();
    const auto found = named.find(ref);
    if (found == named.end()) return false;
    std::set<bitcoin::BlockHash> newer;
    for (auto at = std::next(found); at != named.end(); ++at)
        newer.insert(at->second.tip.prev_hash);
    newer.erase(found->second.tip.prev_hash);
    return newer.size() >= tips_kept;
}

}  // namespace simulation
