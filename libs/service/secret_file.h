#pragma once

#include <filesystem>
#include <string>

namespace service {

/// A secret that the configuration names by file: its text without the final line ends. At the
/// start, and later on a thread that may wait.
///
/// Errors: throws ConfigError that names `key` and the file when it cannot be read, is empty, is
/// larger than 64 KiB, or others than its owner and group can read it; never with its content.
std::string read_secret_file(const std::filesystem::path& file, std::string_view key);

}  // namespace service
