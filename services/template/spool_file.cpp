#include "template/spool_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "base/log.h"

namespace templates {
namespace {

namespace fs = std::filesystem;

fs::path block_path(const fs::path& folder, const bitcoin::BlockHash& hash) {
    return folder / (hash.value.to_be_hex() + ".block");
}
fs::path state_path(const fs::path& folder, const bitcoin::BlockHash& hash) {
    return folder / (hash.value.to_be_hex() + ".state");
}

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

std::optional<std::string> write_whole(const fs::path& path, base::ByteView bytes) {
    const fs::path beside = path.string() + ".new";
    {
        File file{beside, O_WRONLY | O_CREAT | O_TRUNC};
        if (!file.is_open()) return reason("create", beside);
        if (!file.write(bytes)) return reason("write", beside);
        if (!file.sync()) return reason("sync", beside);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return reason("rename", beside);
    return sync_folder(path.parent_path());
}

std::string read_whole(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

}  // namespace

void prepare_spool(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw std::runtime_error{fmt::format("cannot make the spool {} (spool.directory): {}",
                                             folder.string(), error.message())};
    const auto probe = folder / "probe";
    if (const auto why = write_whole(probe, {}))
        throw std::runtime_error{
            fmt::format("cannot write to the spool (spool.directory): {}", *why)};
    fs::remove(probe, error);
}

std::vector<SpoolEntry> read_spool(const fs::path& folder) {
    std::vector<SpoolEntry> entries;
    for (const auto& file : fs::directory_iterator{folder}) {
        if (file.path().extension() != ".block") continue;
        auto block = decode_block_file(base::as_bytes(read_whole(file.path())));
        if (!block || block_path(folder, block->hash) != file.path()) {
            base::log_error("a file in the spool is damaged, leaving it",
                            {{"file", file.path().string()}});
            continue;
        }
        // Without a readable state nobody is known to have taken it: it is submitted again.
        const auto state = decode_state_file(read_whole(state_path(folder, block->hash)));
        entries.push_back({.block = std::move(*block), .state = state.value_or(BlockState{})});
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.block.found_at < b.block.found_at; });
    return entries;
}

std::optional<std::string> write_block_file(const fs::path& folder, const SpooledBlock& block) {
    return write_whole(block_path(folder, block.hash), encode_block_file(block));
}

std::optional<std::string> write_state_file(const fs::path& folder, const bitcoin::BlockHash& hash,
                                            const BlockState& state) {
    return write_whole(state_path(folder, hash), base::as_bytes(encode_state_file(state)));
}

void remove_files(const fs::path& folder, const bitcoin::BlockHash& hash) {
    std::error_code ignored;
    fs::remove(block_path(folder, hash), ignored);
    fs::remove(state_path(folder, hash), ignored);
}

}  // namespace templates
