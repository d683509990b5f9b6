#include "simulation/redis/stream_data.h"

#include <algorithm>

#include "base/integer.h"

namespace simulation {
namespace {

// redis.conf: stream-node-max-bytes and stream-node-max-entries, as they are by default.
constexpr std::size_t node_bytes_max = 4096;
constexpr std::size_t node_entries_max = 100;
// listpack.c: the header (bytes and elements), and the byte that ends it.
constexpr std::size_t listpack_frame = 6 + 1;

/// The bytes of an element whose encoding takes `encoded`, with its length behind it.
constexpr std::size_t with_back_length(std::size_t encoded) {
    if (encoded <= 127) return encoded + 1;
    if (encoded < 16'383) return encoded + 2;
    if (encoded < 2'097'151) return encoded + 3;
    if (encoded < 268'435'455) return encoded + 4;
    return encoded + 5;
}

constexpr std::size_t element_size(std::int64_t value) {
    if (value >= 0 && value <= 127) return with_back_length(1);
    if (value >= -4096 && value <= 4095) return with_back_length(2);
    if (value >= -32'768 && value <= 32'767) return with_back_length(3);
    if (value >= -8'388'608 && value <= 8'388'607) return with_back_length(4);
    if (value >= std::numeric_limits<std::int32_t>::min() &&
        value <= std::numeric_limits<std::int32_t>::max())
        return with_back_length(5);
    return with_back_length(9);
}

/// A text that is how an integer is written lies there as that integer.
std::size_t element_size(std::string_view text) {
    if (!text.empty() && text.size() <= 20) {
        const auto value = base::parse_integer<std::int64_t>(text);
        if (value && std::to_string(*value) == text) return element_size(*value);
    }
    if (text.size() < 64) return with_back_length(1 + text.size());
    if (text.size() < 4096) return with_back_length(2 + text.size());
    return with_back_length(5 + text.size());
}

bool have_same_fields(const std::vector<std::string>& a, std::span<const std::string_view> b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); i += 2)
        if (a[i] != b[i]) return false;
    return true;
}

}  // namespace

std::string to_string(StreamId id) {
    return std::to_string(id.ms) + "-" + std::to_string(id.seq);
}

std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t missing_seq) {
    const auto dash = text.find('-');
    const auto ms = base::parse_integer<std::uint64_t>(text.substr(0, dash));
    if (!ms) return std::nullopt;
    if (dash == std::string_view::npos) return StreamId{*ms, missing_seq};
    const auto seq = base::parse_integer<std::uint64_t>(text.substr(dash + 1));
    if (!seq) return std::nullopt;
    return StreamId{*ms, *seq};
}

StreamId StreamData::next_id(std::uint64_t now_ms) const {
    if (now_ms > last_.ms) return {now_ms, 0};
    return {last_.ms, last_.seq + 1};
}

void StreamData::append(StreamId id, std::span<const std::string_view> items) {
    std::size_t length = 0;
    for (const auto item : items) length += item.size();
    const auto fields = static_cast<std::int64_t>(items.size() / 2);
    const bool is_new = nodes_.empty() || nodes_.back().bytes + length >= node_bytes_max ||
                        nodes_.back().entries.size() >= node_entries_max;
    if (is_new) {
        auto& node = nodes_.emplace_back();
        // Two counts, the number of fields, the fields and the zero behind them.
        node.bytes = listpack_frame + 2 * element_size(std::int64_t{0}) + element_size(fields) +
                     element_size(std::int64_t{0});
        for (std::size_t i = 0; i < items.size(); i += 2) node.bytes += element_size(items[i]);
    }
    auto& node = nodes_.back();
    const auto master = is_new ? id : node.entries.front().id;
    const bool is_same = is_new || have_same_fields(node.entries.front().items, items);
    node.bytes += element_size(std::int64_t{0});  // flags
    node.bytes += element_size(static_cast<std::int64_t>(id.ms - master.ms));
    node.bytes += element_size(static_cast<std::int64_t>(id.seq - master.seq));
    if (!is_same) node.bytes += element_size(fields);
    for (std::size_t i = 0; i < items.size(); ++i)
        if (!is_same || i % 2 == 1) node.bytes += element_size(items[i]);
    node.bytes += element_size(is_same ? fields + 3 : 2 * fields + 4);
    node.entries.push_back({id, {items.begin(), items.end()}});
    last_ = id;
    ++length_;
}

void StreamData::drop_front_node() {
    length_ -= nodes_.front().entries.size();
    nodes_.pop_front();
}

std::size_t StreamData::trim_before(StreamId id, std::size_t limit) {
    std::size_t dropped = 0;
    while (!nodes_.empty()) {
        const auto entries = nodes_.front().entries.size();
        if (limit != 0 && dropped + entries > limit) break;
        if (nodes_.front().entries.back().id >= id) break;
        drop_front_node();
        dropped += entries;
    }
    return dropped;
}

std::size_t StreamData::trim_to_length(std::size_t kept, std::size_t limit) {
    std::size_t dropped = 0;
    while (!nodes_.empty() && length_ > kept) {
        const auto entries = nodes_.front().entries.size();
        if (limit != 0 && dropped + entries > limit) break;
        if (length_ - entries < kept) break;
        drop_front_node();
        dropped += entries;
    }
    return dropped;
}

std::vector<const StreamData::Entry*> StreamData::range(StreamId first, StreamId last,
                                                        std::size_t count) const {
    std::vector<const Entry*> found;
    auto node = std::ranges::partition_point(
        nodes_, [first](const Node& one) { return one.entries.back().id < first; });
    for (; node != nodes_.end(); ++node) {
        auto entry = std::ranges::partition_point(
            node->entries, [first](const Entry& one) { return one.id < first; });
        for (; entry != node->entries.end(); ++entry) {
            if (entry->id > last || found.size() == count) return found;
            found.push_back(&*entry);
        }
    }
    return found;
}

std::vector<const StreamData::Entry*> StreamData::range_backwards(StreamId first, StreamId last,
                                                                  std::size_t count) const {
    std::vector<const Entry*> found;
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
        if (node->entries.front().id > last) continue;
        for (auto entry = node->entries.rbegin(); entry != node->entries.rend(); ++entry) {
            if (entry->id > last) continue;
            if (entry->id < first || found.size() == count) return found;
            found.push_back(&*entry);
        }
    }
    return found;
}

}  // namespace simulation
