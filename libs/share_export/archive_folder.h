#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "share_export/archive_name.h"

/// Files, with calls that wait: for the thread of an archive, never for a loop. Failures are thrown
/// as std::runtime_error, with what was tried and why it failed.
namespace share_export {

/// A file descriptor that closes itself.
class File {
  public:
    File() = default;
    File(const std::filesystem::path& path, int flags);
    ~File();
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;

    bool is_open() const { return fd_ >= 0; }
    void close();
    void write(std::string_view bytes) const;
    /// Up to `size` bytes from this place; fewer only at the end.
    std::string read(std::uint64_t at, std::size_t size) const;
    std::uint64_t size() const;
    void truncate(std::uint64_t size) const;
    void sync() const;
    /// False when another process has it.
    bool lock() const;

  private:
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_{};
    int fd_ = -1;
};

void make_folder(const std::filesystem::path& folder);
/// So that a new name is there after a power cut.
void sync_folder(const std::filesystem::path& folder);
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);
void remove_file(const std::filesystem::path& file);
/// The archive's files, by their numbers. None where there is no such folder.
std::vector<ArchiveName> archive_files(const std::filesystem::path& folder);
/// Empty for a file that is not there.
std::string read_file(const std::filesystem::path& file);

}  // namespace share_export
