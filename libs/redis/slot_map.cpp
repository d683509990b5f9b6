#include "redis/slot_map.h"

#include <algorithm>
#include <limits>

namespace redis {
namespace {

constexpr auto nobody = std::numeric_limits<std::uint16_t>::max();

bool is_before(const Address& a, const Address& b) {
    return a.host != b.host ? a.host < b.host : a.port < b.port;
}

/// [host, port, id, ...]; without a host where the node leaves that to us.
std::optional<Address> read_node(const Reply& node, const Address& asked) {
    const auto* items = node.array();
    if (items == nullptr || items->size() < 2) return std::nullopt;
    const auto* port = (*items)[1].integer();
    if (port == nullptr || *port <= 0 || *port > 65'535) return std::nullopt;
    Address address;
    address.host = node.string_at(0);
    if (address.host.empty() || address.host == "?") address.host = asked.host;
    address.port = static_cast<std::uint16_t>(*port);
    return address;
}

struct Range {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    Address primary{};
};

/// [first, last, primary, replica, ...]
std::optional<Range> read_range(const Reply& range, const Address& asked,
                                std::vector<Address>& replicas) {
    const auto* items = range.array();
    if (items == nullptr || items->size() < 3) return std::nullopt;
    const auto* first = (*items)[0].integer();
    const auto* last = (*items)[1].integer();
    const auto primary = read_node((*items)[2], asked);
    if (first == nullptr || last == nullptr || !primary || *first < 0 || *last < *first ||
        *last >= slot_count)
        return std::nullopt;
    for (std::size_t i = 3; i < items->size(); ++i)
        if (auto replica = read_node((*items)[i], asked))
            if (std::ranges::find(replicas, *replica) == replicas.end())
                replicas.push_back(*std::move(replica));
    return Range{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last), *primary};
}

}  // namespace

SlotMap::SlotMap() : owners_(slot_count, nobody) {}

std::optional<SlotMap> SlotMap::from(const Reply& slots, const Address& asked) {
    const auto* items = slots.array();
    if (items == nullptr || items->empty()) return std::nullopt;
    SlotMap map;
    std::vector<Range> ranges;
    for (const auto& item : *items) {
        auto range = read_range(item, asked, map.replicas_);
        if (!range) return std::nullopt;
        ranges.push_back(*std::move(range));
    }
    for (const auto& range : ranges)
        if (!map.is_primary(range.primary)) map.primaries_.push_back(range.primary);
    std::ranges::sort(map.primaries_, is_before);
    std::ranges::sort(map.replicas_, is_before);
    for (const auto& range : ranges) {
        const auto number = map.number_of(range.primary);
        std::fill(map.owners_.begin() + range.first, map.owners_.begin() + range.last + 1, number);
    }
    return map;
}

const Address* SlotMap::owner(std::uint16_t slot) const {
    const auto number = owners_[slot];
    return number == nobody ? nullptr : &primaries_[number];
}

void SlotMap::move(std::uint16_t slot, const Address& to) {
    owners_[slot] = number_of(to);
}

bool SlotMap::is_primary(const Address& address) const {
    return std::ranges::find(primaries_, address) != primaries_.end();
}

std::uint16_t SlotMap::number_of(const Address& primary) {
    const auto found = std::ranges::find(primaries_, primary);
    const auto number = static_cast<std::uint16_t>(found - primaries_.begin());
    // Behind the others until the next answer: the numbers of those are in use.
    if (found == primaries_.end()) primaries_.push_back(primary);
    return number;
}

}  // namespace redis
