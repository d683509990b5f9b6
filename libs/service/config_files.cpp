#include "service/config_files.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "service/config.h"

namespace service::detail {
namespace {

constexpr std::string_view include_key = "include";

std::string text_of(const std::filesystem::path& file) {
    // It opens, and reads as if it were empty.
    if (std::filesystem::is_directory(file))
        throw ConfigError{{fmt::format("{}: cannot be read: is a folder", file.string())}};
    std::ifstream in{file, std::ios::binary};
    if (!in)
        throw ConfigError{{fmt::format("{}: cannot be read: {}", file.string(),
                                       std::generic_category().message(errno))}};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

toml::table parse(std::string_view text, const std::string& name) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw ConfigError{{fmt::format("{}:{}: not TOML: {}", name, error.source().begin.line,
                                       error.description())}};
    }
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
    const auto folder = file.parent_path();
    return folder.empty() ? std::filesystem::path{"."} : folder;
}

class Merge {
  public:
    explicit Merge(ConfigFiles& into) : into_(into) {}

    void add(toml::table&& from, const Origin& origin) {
        if (from.contains(include_key)) {
            into_.problems.push_back(fmt::format(
                "{}: {}: only a service's own file includes others", origin.file, include_key));
            from.erase(include_key);
        }
        add(into_.root, std::move(from), "", origin);
    }

  private:
    void add(toml::table& to, toml::table&& from, const std::string& name, const Origin& origin) {
        for (auto&& [key, node] : from) {
            const auto full = joined(name, key.str());
            auto* const present = to.get(key.str());
            if (present == nullptr) {
                note_origin(node, full, origin);
                to.insert(key, std::move(node));
            } else if (present->is_table() && node.is_table()) {
                add(*present->as_table(), std::move(*node.as_table()), full, origin);
            } else {
                into_.problems.push_back(fmt::format("{}: {}: is set in {}, too; one must go",
                                                     into_.origin_of(full).file, full,
                                                     origin.file));
            }
        }
    }

    /// A table's name stays the first file's: it may get keys of others.
    void note_origin(const toml::node& node, const std::string& full, const Origin& origin) {
        if (const auto* const table = node.as_table())
            for (const auto& [key, inner] : *table)
                note_origin(inner, joined(full, key.str()), origin);
        into_.included.emplace(full, origin);
    }

    ConfigFiles& into_;
};

/// What the file includes; the key is taken out.
std::vector<std::string> take_includes(ConfigFiles& files) {
    std::vector<std::string> names;
    const auto* const node = files.root.get(include_key);
    if (node == nullptr) return names;
    const auto* const array = node->as_array();
    bool is_right = array != nullptr;
    if (array != nullptr)
        for (const auto& element : *array) {
            const auto name = element.value_exact<std::string>();
            if (name && !name->empty())
                names.push_back(*name);
            else
                is_right = false;
        }
    if (!is_right)
        files.problems.push_back(fmt::format("{}: {}: expected file names, e.g. [\"redis.toml\"]",
                                             files.main.file, include_key));
    files.root.erase(include_key);
    return names;
}

}  // namespace

std::string joined(std::string_view table, std::string_view key) {
    return table.empty() ? std::string{key} : fmt::format("{}.{}", table, key);
}

const Origin& ConfigFiles::origin_of(std::string_view full_key) const {
    for (auto key = full_key; !key.empty();) {
        if (const auto found = included.find(key); found != included.end()) return found->second;
        const auto end = key.find_last_of(".[");
        if (end == std::string_view::npos) break;
        key = key.substr(0, end);
    }
    return main;
}

ConfigFiles parse_files(std::string_view text, Origin main) {
    ConfigFiles files{.root = parse(text, main.file), .main = std::move(main)};
    for (const auto& name : take_includes(files)) {
        const auto file = files.main.folder / name;
        Merge{files}.add(parse(text_of(file), name), {.file = name, .folder = folder_of(file)});
    }
    return files;
}

ConfigFiles read_files(const std::filesystem::path& file) {
    return parse_files(text_of(file),
                       {.file = file.filename().string(), .folder = folder_of(file)});
}

}  // namespace service::detail
