#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace templates {

enum class Sync { yes, no };

/// Written to `beside`, in the same folder, and renamed: a process that is started again finds all
/// of the file or nothing. With a sync of the file and its folder so does a machine that had lost
/// its power. Blocks. Errors: why it is not there.
std::optional<std::string> write_whole(const std::filesystem::path& path,
                                       const std::filesystem::path& beside, base::ByteView bytes,
                                       Sync sync);

/// Empty where there is none. Blocks.
std::string read_whole(const std::filesystem::path& path);

}  // namespace templates
