#pragma once

#include <variant>
#include <vector>

#include "bitcoin/header.h"
#include "template/solutions.h"

/// For tests of what becomes of blocks.
namespace templates {

/// Looks like a block to who does not look into it.
inline SpooledBlock block_named(std::uint8_t name) {
    SpooledBlock made;
    made.bytes = base::Bytes(200, std::byte{name});
    made.hash = bitcoin::header_hash(base::ByteView{made.bytes}.first<80>());
    made.height = name;
    made.found_at = base::UnixMicros{std::chrono::microseconds{name}};
    return made;
}

template <class Effect>
std::vector<Effect> all_of(const Solutions::Effects& effects) {
    std::vector<Effect> found;
    for (const auto& effect : effects)
        if (const auto* const one = std::get_if<Effect>(&effect)) found.push_back(*one);
    return found;
}

inline std::vector<BlockEvent::Kind> events_in(const Solutions::Effects& effects) {
    std::vector<BlockEvent::Kind> kinds;
    for (const auto& publish : all_of<Solutions::Publish>(effects))
        kinds.push_back(publish.event.kind);
    return kinds;
}

}  // namespace templates
