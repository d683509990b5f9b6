#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// The name of a stream's entry: milliseconds and a number within them.
struct StreamId {
    std::uint64_t ms = 0;
    std::uint64_t seq = 0;
    friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;
};
inline constexpr StreamId stream_id_max{std::numeric_limits<std::uint64_t>::max(),
                                        std::numeric_limits<std::uint64_t>::max()};

std::string to_string(StreamId id);
/// "5-1", or "5" with the number that is missing. Nothing if it is neither.
std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t missing_seq);

/// A stream, in nodes as Redis keeps it: a trim with '~' takes whole nodes only, so where one ends
/// shows in what is left. The bytes of a node are those of Redis' listpack.
class StreamData {
  public:
    struct Entry {
        StreamId id{};
        /// Field, value, field, value ...
        std::vector<std::string> items{};
    };

    std::size_t length() const { return length_; }
    std::size_t node_count() const { return nodes_.size(); }
    StreamId last_id() const { return last_; }

    /// The id that '*' gives at this time.
    StreamId next_id(std::uint64_t now_ms) const;
    /// `id` must be larger than the last.
    void append(StreamId id, std::span<const std::string_view> items);
    /// Drops nodes from the front while all of their entries lie before `id`, and while no more
    /// than `limit` entries go (0: no limit). Returns how many went.
    std::size_t trim_before(StreamId id, std::size_t limit);
    /// The same, while `kept` entries or more are left.
    std::size_t trim_to_length(std::size_t kept, std::size_t limit);

    /// Entries from `first` to `last`, both included, at most `count`, in either direction.
    std::vector<const Entry*> range(StreamId first, StreamId last, std::size_t count) const;
    std::vector<const Entry*> range_backwards(StreamId first, StreamId last,
                                              std::size_t count) const;

  private:
    struct Node {
        std::vector<Entry> entries{};
        std::size_t bytes = 0;
    };

    void drop_front_node();

    std::deque<Node> nodes_{};
    std::size_t length_ = 0;
    StreamId last_{};
};

}  // namespace simulation
