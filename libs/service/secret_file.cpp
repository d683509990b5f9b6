#include "service/secret_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "service/config.h"

namespace service {

std::string read_secret_file(const std::filesystem::path& file, std::string_view key) {
    constexpr std::size_t size_max = 64 * 1024;  // no key or cookie comes near
    const auto fail = [&](std::string_view what) {
        throw ConfigError{{fmt::format("{}: {} {}", key, file.string(), what)}};
    };
    struct stat status {};
    const bool is_there = ::stat(file.c_str(), &status) == 0;
    if (is_there && (status.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        fail(fmt::format("holds a secret and is open to others (mode {:04o}); cure: chmod 600 {}",
                         status.st_mode & 07777U, file.string()));
    std::ifstream in{file, std::ios::binary};
    if (!in) fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    std::string text(size_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (in.gcount() == 0 && !in.eof())) fail("cannot be read; is it a file?");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > size_max) fail("is larger than a secret can be (64 KiB)");
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (text.empty()) fail("is empty, expected a secret");
    return text;
}

}  // namespace service
