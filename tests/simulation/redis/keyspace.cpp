#include "simulation/redis/keyspace.h"

#include <algorithm>

namespace simulation {
namespace {

// As redis-server has them when its configuration says nothing.
constexpr std::size_t listpack_fields_max = 512;
constexpr std::size_t listpack_value_max = 64;

}  // namespace

std::uint64_t place_of(std::string_view name, std::uint64_t seed) {
    std::uint64_t mixed = std::hash<std::string_view>{}(name) ^ seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

const std::string* HashData::find(std::string_view field) const {
    const auto found = fields_.find(field);
    return found == fields_.end() ? nullptr : &found->second.text;
}

bool HashData::set(std::string_view field, std::string_view text) {
    is_table_ = is_table_ || field.size() > listpack_value_max || text.size() > listpack_value_max;
    const auto found = fields_.find(field);
    if (found != fields_.end()) {
        found->second.text = text;
        return false;
    }
    fields_.emplace(field, Value{std::string{text}, added_++});
    is_table_ = is_table_ || fields_.size() > listpack_fields_max;
    return true;
}

bool HashData::erase(std::string_view field) {
    const auto found = fields_.find(field);
    if (found == fields_.end()) return false;
    fields_.erase(found);
    return true;
}

std::vector<const HashData::Fields::value_type*> HashData::ordered(std::uint64_t seed) const {
    std::vector<std::pair<std::uint64_t, const Fields::value_type*>> placed;
    placed.reserve(fields_.size());
    for (const auto& field : fields_)
        placed.emplace_back(is_table_ ? place_of(field.first, seed) : field.second.added, &field);
    std::ranges::sort(placed, {}, [](const auto& one) { return one.first; });
    std::vector<const Fields::value_type*> ordered;
    ordered.reserve(placed.size());
    for (const auto& [place, field] : placed) ordered.push_back(field);
    return ordered;
}

Keyspace::Entry* Keyspace::find(std::string_view key, std::int64_t now_ms) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    if (!is_expired(found->second, now_ms)) return &found->second;
    entries_.erase(found);
    return nullptr;
}

Keyspace::Entry& Keyspace::put(std::string_view key, Value value) {
    auto& entry = entries_[std::string{key}];
    entry = {std::move(value), std::nullopt};
    return entry;
}

bool Keyspace::erase(std::string_view key, std::int64_t now_ms) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return false;
    const bool was_there = !is_expired(found->second, now_ms);
    entries_.erase(found);
    return was_there;
}

}  // namespace simulation
