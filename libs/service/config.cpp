#include "service/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <set>

#include "service/config_files.h"

namespace service {
namespace detail {

struct ConfigState {
    ConfigFiles files{};
    std::vector<std::string> problems{};
    std::map<std::string, std::set<std::string, std::less<>>> known{};  // by table name
};

}  // namespace detail

namespace {

using detail::ConfigState;
using detail::joined;

const toml::table* as_table(const void* table) {
    return static_cast<const toml::table*>(table);
}

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a number";
        case toml::node_type::boolean: return "true or false";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time: return "a date";
        case toml::node_type::none: break;
    }
    return "nothing";
}

// How many letters must be added, removed or changed to make one word the other.
std::size_t distance_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string advice(std::string_view wrong, const std::set<std::string, std::less<>>& known) {
    const auto nearest = std::min_element(
        known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
            return distance_between(wrong, a) < distance_between(wrong, b);
        });
    if (nearest == known.end()) return "nothing is expected here";
    if (distance_between(wrong, *nearest) <= std::max<std::size_t>(2, wrong.size() / 3))
        return fmt::format("did you mean \"{}\"?", *nearest);
    return fmt::format("expected one of: {}", fmt::join(known, ", "));
}

void note(ConfigState& state, std::string_view key, std::string_view what) {
    state.problems.push_back(fmt::format("{}: {}: {}", state.files.origin_of(key).file, key, what));
}

void find_unknown(ConfigState& state, const toml::table& table, const std::string& name) {
    const auto& known = state.known[name];
    for (const auto& [key, node] : table) {
        const std::string_view word = key.str();
        const auto full = joined(name, word);
        if (!known.contains(word)) {
            note(state, full, fmt::format("unknown key; {}", advice(word, known)));
        } else if (const auto* inner = node.as_table()) {
            find_unknown(state, *inner, full);
        } else if (const auto* array = node.as_array()) {
            std::size_t index = 0;
            for (const auto& element : *array) {
                if (const auto* inner_table = element.as_table())
                    find_unknown(state, *inner_table, fmt::format("{}[{}]", full, index));
                ++index;
            }
        }
    }
}

std::shared_ptr<ConfigState> state_of(detail::ConfigFiles files) {
    auto state = std::make_shared<ConfigState>();
    state->problems = std::move(files.problems);
    state->files = std::move(files);
    return state;
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))),
      problems_(std::move(problems)) {}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t count{};
    const auto [stopped_at, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0) return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(stopped_at - text.data()));
    // A century in the smallest unit still fits, so the products below cannot overflow.
    if (count > 3'200'000'000'000) return std::nullopt;
    using namespace std::chrono;
    if (unit == "ms") return milliseconds{count};
    if (count > 3'200'000'000) return std::nullopt;
    if (unit == "s") return seconds{count};
    if (unit == "m") return minutes{count};
    if (unit == "h") return hours{count};
    if (unit == "d") return hours{24 * count};
    return std::nullopt;
}

TableReader::TableReader(std::shared_ptr<ConfigState> state, const void* table, std::string name)
    : state_(std::move(state)), table_(table), name_(std::move(name)) {}

namespace {

// The value under a key, which is from now on a known one; none where the file does not have it.
const toml::node* find(ConfigState& state, const void* table, const std::string& name,
                       std::string_view key) {
    state.known[name].emplace(key);
    return table == nullptr ? nullptr : as_table(table)->get(key);
}

// The value if it is there and a T; a problem is written down if it is there and something else.
template <class T>
std::optional<T> typed(ConfigState& state, const toml::node* node, const std::string& key,
                       std::string_view expected) {
    if (node == nullptr) return std::nullopt;
    if (auto value = node->value_exact<T>()) return value;
    note(state, key, fmt::format("is {}, expected {}", kind_of(*node), expected));
    return std::nullopt;
}

// Says that a required key is missing, unless it is there (and then wrong, which was said).
void require(ConfigState& state, const toml::node* node, const std::string& key,
             std::string_view expected) {
    if (node == nullptr) note(state, key, fmt::format("is missing, expected {}", expected));
}

std::vector<std::string> string_array(ConfigState& state, const toml::node* node,
                                      const std::string& key, std::string_view expected) {
    std::vector<std::string> out;
    if (node == nullptr) return out;
    const auto* const array = node->as_array();
    if (array == nullptr) {
        note(state, key, fmt::format("is {}, expected an array of {}", kind_of(*node), expected));
        return out;
    }
    for (const auto& element : *array)
        if (auto value = typed<std::string>(state, &element, key, expected)) out.push_back(*value);
    return out;
}

constexpr std::string_view endpoint_form = "host:port, e.g. \"0.0.0.0:3336\"";

std::optional<Endpoint> to_endpoint(ConfigState& state, const std::string& key,
                                    const std::string& text) {
    auto endpoint = parse_endpoint(text);
    if (!endpoint) note(state, key, fmt::format("\"{}\" is not {}", text, endpoint_form));
    return endpoint;
}

}  // namespace

std::string TableReader::full_key(std::string_view key) const {
    return joined(name_, key);
}

std::filesystem::path TableReader::resolved(std::string_view key, const std::string& text) const {
    // An absolute path replaces the folder.
    return state_->files.origin_of(full_key(key)).folder / text;
}

bool TableReader::has(std::string_view key) const {
    return table_ != nullptr && as_table(table_)->contains(key);
}

std::string TableReader::required_string(std::string_view key) {
    const auto* const node = find(*state_, table_, name_, key);
    require(*state_, node, full_key(key), "a string");
    return typed<std::string>(*state_, node, full_key(key), "a string").value_or("");
}

std::string TableReader::string_or(std::string_view key, std::string_view fallback) {
    return optional_string(key).value_or(std::string{fallback});
}

std::optional<std::string> TableReader::optional_string(std::string_view key) {
    return typed<std::string>(*state_, find(*state_, table_, name_, key), full_key(key),
                              "a string");
}

std::vector<std::string> TableReader::strings(std::string_view key) {
    return string_array(*state_, find(*state_, table_, name_, key), full_key(key), "strings");
}

bool TableReader::bool_or(std::string_view key, bool fallback) {
    return typed<bool>(*state_, find(*state_, table_, name_, key), full_key(key), "true or false")
        .value_or(fallback);
}

double TableReader::number_in_range(std::string_view key, double fallback, double min, double max) {
    const auto* const node = find(*state_, table_, name_, key);
    if (node == nullptr) return fallback;
    if (!node->is_number()) {
        note(*state_, full_key(key), fmt::format("is {}, expected a number", kind_of(*node)));
        return fallback;
    }
    const double value = node->value<double>().value_or(fallback);
    if (value >= min && value <= max) return value;  // refuses nan, too
    note(*state_, full_key(key), fmt::format("{} is not within {} to {}", value, min, max));
    return fallback;
}

std::int64_t TableReader::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                  std::int64_t max, Presence presence) {
    const auto expected = fmt::format("an integer from {} to {}", min, max);
    const auto* const node = find(*state_, table_, name_, key);
    if (presence == Presence::required) require(*state_, node, full_key(key), expected);
    const auto value = typed<std::int64_t>(*state_, node, full_key(key), expected);
    if (!value) return fallback;
    if (*value >= min && *value <= max) return *value;
    note(*state_, full_key(key), fmt::format("{} is out of range, expected {}", *value, expected));
    return fallback;
}

std::chrono::milliseconds TableReader::duration_or(std::string_view key,
                                                   std::chrono::milliseconds fallback,
                                                   std::chrono::milliseconds min,
                                                   std::chrono::milliseconds max) {
    constexpr std::string_view form = "a duration such as \"500ms\", \"10s\" or \"24h\"";
    const auto* const node = find(*state_, table_, name_, key);
    if (node != nullptr && node->is_number()) {
        note(*state_, full_key(key), fmt::format("missing unit, expected {}", form));
        return fallback;
    }
    const auto text = typed<std::string>(*state_, node, full_key(key), form);
    if (!text) return fallback;
    const auto value = parse_duration(*text);
    if (!value) {
        const bool only_digits =
            !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
        note(*state_, full_key(key),
             fmt::format("\"{}\" {}, expected {}", *text,
                         only_digits ? "is missing its unit" : "is not a duration", form));
        return fallback;
    }
    if (*value >= min && *value <= max) return *value;
    note(*state_, full_key(key),
         fmt::format("\"{}\" is out of range, expected {}ms to {}ms", *text, min.count(),
                     max.count()));
    return fallback;
}

Endpoint TableReader::endpoint(std::string_view key) {
    require(*state_, find(*state_, table_, name_, key), full_key(key), endpoint_form);
    return endpoint_or(key, {});
}

Endpoint TableReader::endpoint_or(std::string_view key, const Endpoint& fallback) {
    const auto text = typed<std::string>(*state_, find(*state_, table_, name_, key), full_key(key),
                                         endpoint_form);
    if (!text) return fallback;
    return to_endpoint(*state_, full_key(key), *text).value_or(fallback);
}

std::vector<Endpoint> TableReader::endpoints(std::string_view key) {
    std::vector<Endpoint> out;
    for (const auto& text :
         string_array(*state_, find(*state_, table_, name_, key), full_key(key), endpoint_form))
        if (auto endpoint = to_endpoint(*state_, full_key(key), text)) out.push_back(*endpoint);
    return out;
}

std::filesystem::path TableReader::path(std::string_view key) {
    require(*state_, find(*state_, table_, name_, key), full_key(key), "a path");
    return optional_path(key).value_or(std::filesystem::path{});
}

std::optional<std::filesystem::path> TableReader::optional_path(std::string_view key) {
    const auto text =
        typed<std::string>(*state_, find(*state_, table_, name_, key), full_key(key), "a path");
    if (!text) return std::nullopt;
    if (!text->empty()) return resolved(key, *text);
    note(*state_, full_key(key), "is empty, expected a path");
    return std::nullopt;
}

std::size_t TableReader::choice_index(std::string_view key, std::string_view fallback,
                                      const std::vector<std::string_view>& names) {
    const auto text = string_or(key, fallback);
    auto at = std::find(names.begin(), names.end(), text);
    if (at == names.end()) {
        note(*state_, full_key(key),
             fmt::format("\"{}\" is not one of: {}", text, fmt::join(names, ", ")));
        at = std::find(names.begin(), names.end(), fallback);
    }
    return at == names.end() ? 0 : static_cast<std::size_t>(at - names.begin());
}

TableReader TableReader::table(std::string_view key) {
    const auto* const node = find(*state_, table_, name_, key);
    const auto* const inner = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && inner == nullptr)
        note(*state_, full_key(key),
             fmt::format("is {}, expected a table [{}]", kind_of(*node), full_key(key)));
    return TableReader{state_, inner, full_key(key)};
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
    std::vector<TableReader> out;
    const auto* const node = find(*state_, table_, name_, key);
    if (node == nullptr) return out;
    const auto* const array = node->as_array();
    const auto expected = fmt::format("tables [[{}]]", full_key(key));
    if (array == nullptr) {
        note(*state_, full_key(key), fmt::format("is {}, expected {}", kind_of(*node), expected));
        return out;
    }
    for (const auto& element : *array) {
        const auto name = fmt::format("{}[{}]", full_key(key), out.size());
        if (!element.is_table())
            note(*state_, name, fmt::format("is {}, expected {}", kind_of(element), expected));
        out.push_back(TableReader{state_, element.as_table(), name});
    }
    return out;
}

void TableReader::problem(std::string_view key, std::string_view what) {
    note(*state_, full_key(key), what);
}

ConfigReader::ConfigReader(const std::filesystem::path& file)
    : state_(state_of(detail::read_files(file))) {}

ConfigReader ConfigReader::from_text(std::string_view text, std::string_view name,
                                     const std::filesystem::path& folder) {
    return ConfigReader{
        state_of(detail::parse_files(text, {.file = std::string{name}, .folder = folder}))};
}

TableReader ConfigReader::root() {
    return TableReader{state_, &state_->files.root, ""};
}

void ConfigReader::finish() {
    find_unknown(*state_, state_->files.root, "");
    if (!state_->problems.empty()) throw ConfigError{state_->problems};
}

}  // namespace service
