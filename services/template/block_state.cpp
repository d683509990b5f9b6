#include "template/block_state.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace templates {
namespace {

using namespace std::string_view_literals;

constexpr auto format_word = "adit-block-state"sv;
constexpr auto format_number = "1"sv;
constexpr auto last_line = "end"sv;

// In the order of their enumerators.
constexpr std::array event_names{"found"sv,     "submitted"sv,   "accepted"sv, "side_branch"sv,
                                 "rejected"sv,  "unsupported"sv, "given_up"sv, "in_chain"sv,
                                 "confirmed"sv, "orphaned"sv};
constexpr std::array delivery_names{"waiting"sv,  "accepted"sv,    "side_branch"sv,
                                    "rejected"sv, "unsupported"sv, "given_up"sv};
constexpr std::array state_names{"spooled"sv, "accepted"sv, "rejected"sv, "given_up"sv};
constexpr std::array chain_names{"unknown"sv, "in_chain"sv, "confirmed"sv, "orphaned"sv};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}

template <class Int>
bool read_number(std::string_view text, Int& number) {
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end;
}

// A node's own words may be anything.
std::string one_part(std::string_view text) {
    std::string part{text};
    for (auto& letter : part)
        if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
    return part;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

using Parts = std::vector<std::string_view>;

bool read_state(const Parts& parts, BlockState& state) {
    const auto kind = named<BlockState::Kind>(state_names, parts[1]);
    if (parts.size() != 3 || !kind) return false;
    state.kind = *kind;
    state.reason = parts[2];
    return true;
}

bool read_chain(const Parts& parts, BlockState& state) {
    const auto chain = named<BlockState::Chain>(chain_names, parts[1]);
    if (parts.size() != 3 || !chain || (parts[2] != "final" && parts[2] != "open")) return false;
    state.chain = *chain;
    state.is_chain_final = parts[2] == "final";
    return true;
}

bool read_node(const Parts& parts, BlockState& state) {
    if (parts.size() != 5) return false;
    const auto kind = named<Delivery::Kind>(delivery_names, parts[2]);
    if (!kind || (parts[3] != "asked" && parts[3] != "new")) return false;
    state.nodes.insert_or_assign(
        std::string{parts[1]},
        Delivery{
            .kind = *kind, .reason = std::string{parts[4]}, .is_submitted = parts[3] == "asked"});
    return true;
}

bool read_event(const Parts& parts, BlockState& state) {
    if (parts.size() != 6) return false;
    const auto kind = named<BlockEvent::Kind>(event_names, parts[2]);
    BlockEvent event;
    std::int64_t at = 0;
    if (!kind || !read_number(parts[1], event.number) || !read_number(parts[3], at)) return false;
    event.kind = *kind;
    event.at = base::UnixMicros{std::chrono::microseconds{at}};
    event.node = parts[4];
    event.reason = parts[5];
    state.unpublished.push_back(std::move(event));
    return true;
}

bool read_line(const Parts& parts, BlockState& state) {
    if (parts.size() < 2) return false;
    if (parts[0] == "state") return read_state(parts, state);
    if (parts[0] == "chain") return read_chain(parts, state);
    if (parts[0] == "node") return read_node(parts, state);
    if (parts[0] == "events") return parts.size() == 2 && read_number(parts[1], state.events);
    if (parts[0] == "event") return read_event(parts, state);
    return false;
}

}  // namespace

std::string_view name_of(BlockEvent::Kind kind) {
    return event_names[static_cast<std::size_t>(kind)];
}
std::string_view name_of(Delivery::Kind kind) {
    return delivery_names[static_cast<std::size_t>(kind)];
}
std::string_view name_of(BlockState::Kind kind) {
    return state_names[static_cast<std::size_t>(kind)];
}
std::string_view name_of(BlockState::Chain chain) {
    return chain_names[static_cast<std::size_t>(chain)];
}

std::string encode_state(const BlockState& state) {
    auto text =
        fmt::format("{}\t{}\nstate\t{}\t{}\nchain\t{}\t{}\nevents\t{}\n", format_word,
                    format_number, name_of(state.kind), one_part(state.reason),
                    name_of(state.chain), state.is_chain_final ? "final" : "open", state.events);
    for (const auto& [node, delivery] : state.nodes)
        text += fmt::format("node\t{}\t{}\t{}\t{}\n", one_part(node), name_of(delivery.kind),
                            delivery.is_submitted ? "asked" : "new", one_part(delivery.reason));
    for (const auto& event : state.unpublished)
        text += fmt::format("event\t{}\t{}\t{}\t{}\t{}\n", event.number, name_of(event.kind),
                            event.at.time_since_epoch().count(), one_part(event.node),
                            one_part(event.reason));
    return text + std::string{last_line} + "\n";
}

base::Result<BlockState, std::string> decode_state(std::string_view text) {
    const auto wrong = [](std::string what) { return base::unexpected(std::move(what)); };
    if (text.empty()) return wrong("it is empty");
    const auto lines = split(text, '\n');
    const auto head = split(lines.front(), '\t');
    if (head.size() != 2 || head[0] != format_word) return wrong("it is no state of a block");
    if (head[1] != format_number)
        return wrong(fmt::format("it has format {}, and this version knows format {}", head[1],
                                 format_number));
    if (lines.size() < 3 || !lines.back().empty() || lines[lines.size() - 2] != last_line)
        return wrong("its end is missing");
    BlockState state;
    for (std::size_t i = 1; i + 2 < lines.size(); ++i)
        if (!read_line(split(lines[i], '\t'), state))
            return wrong(fmt::format("line {} is damaged", i + 1));
    return state;
}

}  // namespace templates
