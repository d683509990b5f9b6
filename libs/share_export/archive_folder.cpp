#include "share_export/archive_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace share_export {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_at(const char* what, const fs::path& path, int number) {
    throw std::runtime_error{
        fmt::format("cannot {} {}: {}", what, path.string(),
                    std::error_code{number, std::generic_category()}.message())};
}

}  // namespace

File::File(const fs::path& path, int flags)
    : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
    if (fd_ < 0) fail("open");
}

File::~File() {
    close();
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

File& File::operator=(File&& other) noexcept {
    close();
    path_ = std::move(other.path_);
    fd_ = std::exchange(other.fd_, -1);
    return *this;
}

void File::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void File::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string File::read(std::uint64_t at, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const auto got =
            ::pread(fd_, bytes.data() + have, size - have, static_cast<off_t>(at + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read");
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

std::uint64_t File::size() const {
    struct stat found {};
    if (::fstat(fd_, &found) != 0) fail("look at");
    return static_cast<std::uint64_t>(found.st_size);
}

void File::truncate(std::uint64_t size) const {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("cut");
}

void File::sync() const {
    if (::fsync(fd_) != 0) fail("sync");
}

bool File::lock() const {
    return ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
}

void File::fail(const char* what) const {
    fail_at(what, path_, errno);
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail_at("make", folder, error.value());
}

void sync_folder(const fs::path& folder) {
    File{folder, O_RDONLY | O_DIRECTORY}.sync();
}

void rename_file(const fs::path& from, const fs::path& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail_at("rename", from, errno);
    sync_folder(to.parent_path());
}

void remove_file(const fs::path& file) {
    std::error_code error;
    fs::remove(file, error);
    if (error) fail_at("remove", file, error.value());
}

std::vector<ArchiveName> archive_files(const fs::path& folder) {
    std::vector<ArchiveName> names;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (const auto name = ArchiveName::from(at->path().filename().string()))
            names.push_back(*name);
    if (error && error != std::errc::no_such_file_or_directory)
        fail_at("list", folder, error.value());
    std::ranges::sort(names);
    return names;
}

std::string read_file(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) return {};
    const File opened{file, O_RDONLY};
    return opened.read(0, opened.size());
}

}  // namespace share_export
