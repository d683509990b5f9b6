#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace service::detail {

/// The file in which a key stands: messages name it, and relative paths start at its folder.
struct Origin {
    std::string file{};
    std::filesystem::path folder{};
};

/// A configuration file and those that it includes, as one table: `include = ["redis.toml"]` reads
/// that file, looked for in the including file's folder, as if its text stood in this one. So what
/// many services have in common is written once. A key belongs to one file; included files include
/// nothing.
struct ConfigFiles {
    toml::table root{};
    Origin main{};
    std::map<std::string, Origin, std::less<>> included{};  // by full key, tables too
    std::vector<std::string> problems{};  // keys that stand in two files, and so on

    /// Of a full key such as "nodes[0].cookie_file"; an absent one belongs to its table's file.
    const Origin& origin_of(std::string_view full_key) const;
};

/// Errors: throws ConfigError when a file cannot be read or is not TOML.
ConfigFiles parse_files(std::string_view text, Origin main);
ConfigFiles read_files(const std::filesystem::path& file);

/// "listen" and "http" are "listen.http"; the root has no name.
std::string joined(std::string_view table, std::string_view key);

}  // namespace service::detail
