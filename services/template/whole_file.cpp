#include "template/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace templates {
namespace {

namespace fs = std::filesystem;

std::string reason(const char* what, const fs::path& path) {
    return fmt::format("cannot {} {}: {}", what, path.string(),
                       std::error_code{errno, std::generic_category()}.message());
}

// A file descriptor that closes itself.
class File {
  public:
    File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool is_open() const { return fd_ >= 0; }
    bool write(base::ByteView bytes) {
        while (!bytes.empty()) {
            const auto written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
        return true;
    }
    bool sync() { return ::fsync(fd_) == 0; }

  private:
    int fd_;
};

std::optional<std::string> sync_folder(const fs::path& folder) {
    File opened{folder, O_RDONLY | O_DIRECTORY};
    if (!opened.is_open() || !opened.sync()) return reason("sync", folder);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> write_whole(const fs::path& path, const fs::path& beside,
                                       base::ByteView bytes, Sync sync) {
    {
        File file{beside, O_WRONLY | O_CREAT | O_TRUNC};
        if (!file.is_open()) return reason("create", beside);
        if (!file.write(bytes)) return reason("write", beside);
        if (sync == Sync::yes && !file.sync()) return reason("sync", beside);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return reason("rename", beside);
    return sync == Sync::yes ? sync_folder(path.parent_path()) : std::nullopt;
}

std::string read_whole(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

}  // namespace templates
