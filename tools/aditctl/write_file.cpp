#include "aditctl/write_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace aditctl {
namespace {

std::runtime_error failure(const std::string& path, int error) {
    if (error == EEXIST)
        return std::runtime_error{fmt::format("{} exists already; --force replaces it", path)};
    return std::runtime_error{
        fmt::format("cannot write {}: {}", path, std::generic_category().message(error))};
}

/// A file that did not exist; removed again unless it was completed.
class NewFile {
  public:
    NewFile(const std::string& path, mode_t mode)
        : path_(path),
          descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) {
        if (descriptor_ < 0) throw failure(path_, errno);
        if (::fchmod(descriptor_, mode) != 0) {
            const int error = errno;
            discard();
            throw failure(path_, error);
        }
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) discard();
    }

    void complete(std::string_view text) {
        while (!text.empty()) {
            const auto written = ::write(descriptor_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw failure(path_, errno);
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        if (::fsync(descriptor_) != 0) throw failure(path_, errno);
        ::close(descriptor_);
        descriptor_ = -1;
    }

  private:
    void discard() {
        ::close(descriptor_);
        descriptor_ = -1;
        ::unlink(path_.c_str());
    }
    std::string path_;
    int descriptor_;
};

}  // namespace

void write_file(const std::string& path, std::string_view text, Readers readers,
                Existing existing) {
    const mode_t mode = readers == Readers::owner ? 0600 : 0644;
    const auto target =
        existing == Existing::keep ? path : fmt::format("{}.{}.new", path, ::getpid());
    NewFile{target, mode}.complete(text);
    if (target == path) return;
    if (std::rename(target.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(target.c_str());
        throw failure(path, error);
    }
}

}  // namespace aditctl
