#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/endpoint.h"

namespace service {

/// The configuration is wrong: of the environment's kind, so it is thrown and ends the start.
/// `what()` is every problem, one a line; each names the file, the key, what is wrong and what is
/// expected.
class ConfigError : public std::runtime_error {
  public:
    explicit ConfigError(std::vector<std::string> problems);
    const std::vector<std::string>& problems() const { return problems_; }

  private:
    std::vector<std::string> problems_;
};

/// Reads "500ms", "10s", "5m", "24h" or "7d". Nothing if a unit is missing or unknown.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

namespace detail {
struct ConfigState;
}

/// One table of a configuration file. Getters never throw: a bad value is written down for
/// ConfigReader::finish() and the fallback (or an empty value) is returned, so that one start shows
/// every problem. A key is known once a getter has asked for it.
///
/// Valid while its ConfigReader lives.
class TableReader {
  public:
    bool has(std::string_view key) const;

    std::string required_string(std::string_view key);
    std::string string_or(std::string_view key, std::string_view fallback);
    std::optional<std::string> optional_string(std::string_view key);
    std::vector<std::string> strings(std::string_view key);
    bool bool_or(std::string_view key, bool fallback);
    double number_in_range(std::string_view key, double fallback, double min, double max);

    /// An integer within [min, max], both included.
    template <std::integral Int>
    Int integer_in_range(std::string_view key, Int fallback, Int min, Int max) {
        return static_cast<Int>(integer(key, static_cast<std::int64_t>(fallback), clamp(min),
                                        clamp(max), Presence::optional));
    }
    template <std::integral Int>
    Int required_integer(std::string_view key, Int min, Int max) {
        return static_cast<Int>(
            integer(key, clamp(min), clamp(min), clamp(max), Presence::required));
    }

    /// A string with a unit, see parse_duration(); within [min, max], both included.
    std::chrono::milliseconds duration_or(
        std::string_view key, std::chrono::milliseconds fallback,
        std::chrono::milliseconds min = std::chrono::milliseconds{0},
        std::chrono::milliseconds max = std::chrono::hours{24 * 366});

    /// `host:port`.
    Endpoint endpoint(std::string_view key);
    Endpoint endpoint_or(std::string_view key, const Endpoint& fallback);
    std::vector<Endpoint> endpoints(std::string_view key);

    /// A file or folder; a relative one starts at the folder of the file in which the key stands.
    std::filesystem::path path(std::string_view key);
    std::optional<std::filesystem::path> optional_path(std::string_view key);

    /// One of a few names, each with what it means.
    template <class T>
    T one_of(std::string_view key, std::string_view fallback,
             const std::vector<std::pair<std::string_view, T>>& choices) {
        std::vector<std::string_view> names;
        for (const auto& choice : choices) names.push_back(choice.first);
        return choices.at(choice_index(key, fallback, names)).second;
    }

    /// A table within this one; an absent one reads as empty. Several parts may each read their
    /// own keys of one table.
    TableReader table(std::string_view key);
    /// An array of tables, `[[key]]`; an absent one reads as empty.
    std::vector<TableReader> tables(std::string_view key);

    /// The key as messages name it: "nodes[0].cookie_file".
    std::string full_key(std::string_view key) const;

    /// Writes down a problem that only the caller can see, such as two keys that do not agree.
    void problem(std::string_view key, std::string_view what);

  private:
    friend class ConfigReader;
    enum class Presence { required, optional };

    TableReader(std::shared_ptr<detail::ConfigState> state, const void* table, std::string name);

    template <std::integral Int>
    static constexpr std::int64_t clamp(Int value) {
        return std::cmp_less(std::numeric_limits<std::int64_t>::max(), value)
                   ? std::numeric_limits<std::int64_t>::max()
                   : static_cast<std::int64_t>(value);
    }
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                         std::int64_t max, Presence presence);
    std::size_t choice_index(std::string_view key, std::string_view fallback,
                             const std::vector<std::string_view>& names);
    std::filesystem::path resolved(std::string_view key, const std::string& text) const;

    std::shared_ptr<detail::ConfigState> state_;
    const void* table_ = nullptr;  // a toml::table, or none where the file has no such table
    std::string name_;             // "" for the root, else "listen" or "upstream[0]"
};

/// A TOML file, with those that it includes (config_files.h), on its way into a struct Config. Used
/// once, at the start:
///
///     service::ConfigReader reader{file};
///     auto root = reader.root();
///     config.listen = root.table("listen").endpoint("address");
///     reader.finish();
class ConfigReader {
  public:
    /// Errors: throws ConfigError when the file cannot be read or is not TOML.
    explicit ConfigReader(const std::filesystem::path& file);

    /// The same from memory; `name` stands for the file in messages, `folder` for its folder.
    static ConfigReader from_text(std::string_view text, std::string_view name = "config.toml",
                                  const std::filesystem::path& folder = ".");

    TableReader root();

    /// Errors: throws ConfigError with everything that was wrong, unknown keys included.
    void finish();

  private:
    explicit ConfigReader(std::shared_ptr<detail::ConfigState> state) : state_(std::move(state)) {}
    std::shared_ptr<detail::ConfigState> state_;
};

}  // namespace service
