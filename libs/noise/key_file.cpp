#include "noise/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/hex.h"

namespace noise {
namespace {

/// Ten times the largest file that aditctl writes.
constexpr std::size_t file_size_max = 8192;

enum class Secrecy { secret, published };

[[noreturn]] void throw_errno(const std::string& path) {
    throw KeyFileError{
        fmt::format("cannot read {}: {}", path, std::generic_category().message(errno))};
}

struct OpenFile {
    explicit OpenFile(const std::string& path)
        // Not to hang on a pipe, which the check for a regular file then refuses.
        : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (descriptor < 0) throw_errno(path);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() { ::close(descriptor); }
    int descriptor;
};

void check_mode(const std::string& path, const struct stat& status) {
    // The group may read: secrets mounted for a service's group are readable by it.
    constexpr mode_t forbidden = S_IRWXO | S_IWGRP;
    const auto mode = static_cast<unsigned>(status.st_mode) & 07777U;
    if ((status.st_mode & forbidden) == 0) return;
    throw KeyFileError{
        fmt::format("{} holds a secret and is open to others (mode {:04o}); cure: chmod 600 {}",
                    path, mode, path)};
}

SecretText read_file(const std::string& path, Secrecy secrecy) {
    const OpenFile file{path};
    struct stat status {};
    if (::fstat(file.descriptor, &status) != 0) throw_errno(path);
    if (!S_ISREG(status.st_mode)) throw KeyFileError{fmt::format("{} is not a file", path)};
    if (secrecy == Secrecy::secret) check_mode(path, status);

    Secret<file_size_max + 1> buffer;
    auto free = buffer.writable().subspan(0);
    while (!free.empty()) {
        const auto got = ::read(file.descriptor, free.data(), free.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw_errno(path);
        if (got == 0) break;
        free = free.subspan(static_cast<std::size_t>(got));
    }
    if (free.empty())
        throw KeyFileError{fmt::format("{} is too large to be a file of aditctl keys", path)};
    return SecretText{base::to_string(buffer.bytes().first(buffer.bytes().size() - free.size()))};
}

/// Runs a parser and puts the path before what it complains about.
template <class Parse>
auto parse_file(const std::string& path, std::string_view text, Parse parse) {
    try {
        return parse(text);
    } catch (const KeyFileError& error) {
        throw KeyFileError{fmt::format("{}: {}", path, error.what())};
    }
}

}  // namespace

SecretText read_secret_file(const std::string& path) {
    return read_file(path, Secrecy::secret);
}

std::string read_public_file(const std::string& path) {
    return std::string{read_file(path, Secrecy::published).view()};
}

void replace_public_file(const std::string& path, std::string_view text) {
    const auto fresh = fmt::format("{}.{}.new", path, ::getpid());
    const auto fail = [&](int descriptor) {
        const auto why = std::generic_category().message(errno);
        if (descriptor >= 0) ::close(descriptor);
        ::unlink(fresh.c_str());
        throw KeyFileError{fmt::format("cannot write {}: {}", path, why)};
    };
    const int descriptor =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0 || ::fchmod(descriptor, 0644) != 0) fail(descriptor);
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(descriptor);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) fail(descriptor);
    ::close(descriptor);
    if (std::rename(fresh.c_str(), path.c_str()) != 0) fail(-1);
}

GatewayIdentity load_gateway_identity(const std::string& key_path,
                                      const std::string& certificate_path) {
    auto key = parse_file(key_path, read_secret_file(key_path).view(), parse_gateway_secret_file);
    const auto issued =
        parse_file(certificate_path, read_public_file(certificate_path), parse_certificate_file);
    const auto public_key = key.public_key();
    if (issued.static_key != public_key)
        throw KeyFileError{fmt::format(
            "{} is for the static key {}, but {} holds {}; cure: aditctl keys sign --gateway {}",
            certificate_path, base::to_hex(issued.static_key.bytes), key_path,
            base::to_hex(public_key.bytes), key_path)};
    const auto encoding = static_encoding(key);
    return {std::move(key), encoding, issued.certificate, issued.authority};
}

}  // namespace noise
