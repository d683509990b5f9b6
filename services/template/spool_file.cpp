#include "template/spool_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "base/hex.h"
#include "base/log.h"
#include "template/whole_file.h"

namespace templates {
namespace {

namespace fs = std::filesystem;

fs::path block_path(const fs::path& folder, const bitcoin::BlockHash& hash) {
    return folder / (hash.value.to_be_hex() + ".block");
}
fs::path state_path(const fs::path& folder, const bitcoin::BlockHash& hash) {
    return folder / (hash.value.to_be_hex() + ".state");
}

std::optional<std::string> write_synced(const fs::path& path, base::ByteView bytes) {
    return write_whole(path, path.string() + ".new", bytes, Sync::yes);
}

std::optional<SpooledBlock> read_block_at(const fs::path& path) {
    const auto text = read_whole(path);
    auto block = decode_block_file(base::as_bytes(text));
    if (!block && block.error() == BlockFileError::newer_format) {
        base::log_error(
            "a file in the spool has a format that this version does not know; the "
            "block in it is submitted, who found it is not known",
            {{"file", path.string()}});
        block = salvage_block_file(base::as_bytes(text));
    }
    if (!block) return std::nullopt;
    return *std::move(block);
}

// Without a readable state nobody is known to have taken the block: it is submitted again.
BlockState read_state(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return {};
    auto state = decode_state(read_whole(path));
    if (state) return *std::move(state);
    const fs::path aside = path.string() + ".unreadable";
    fs::rename(path, aside, error);
    base::log_error("the state of a block cannot be read, submitting it again",
                    {{"file", (error ? path : aside).string()}, {"reason", state.error()}});
    return {};
}

}  // namespace

void SpoolFolder::prepare() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error)
        throw std::runtime_error{fmt::format("cannot make the spool {} (spool.directory): {}",
                                             folder_.string(), error.message())};
    const auto probe = folder_ / "probe";
    if (const auto why = write_synced(probe, {}))
        throw std::runtime_error{
            fmt::format("cannot write to the spool (spool.directory): {}", *why)};
    fs::remove(probe, error);
}

SpoolContents SpoolFolder::read() {
    SpoolContents contents;
    for (const auto& file : fs::directory_iterator{folder_}) {
        if (file.path().extension() != ".block") continue;
        auto block = read_block_at(file.path());
        if (!block || block_path(folder_, block->hash) != file.path()) {
            ++contents.unreadable;
            base::log_error(
                "a file in the spool is damaged, leaving it: the block in it may be lost",
                {{"file", file.path().string()}});
            continue;
        }
        auto state = read_state(state_path(folder_, block->hash));
        contents.entries.push_back({.block = *std::move(block), .state = std::move(state)});
    }
    std::sort(contents.entries.begin(), contents.entries.end(),
              [](const auto& a, const auto& b) { return a.block.found_at < b.block.found_at; });
    return contents;
}

std::string SpoolFolder::replica_name(base::Random& random) {
    const auto path = folder_ / "replica";
    auto name = read_whole(path);
    if (!name.empty() && name.back() == '\n') name.pop_back();
    if (name.size() == 16 && base::from_hex(name)) return name;
    name = fmt::format("{:016x}", random.next_u64());
    if (const auto why = write_synced(path, base::as_bytes(name + "\n")))
        throw std::runtime_error{
            fmt::format("cannot write to the spool (spool.directory): {}", *why)};
    return name;
}

std::optional<SpooledBlock> SpoolFolder::read_block(const bitcoin::BlockHash& hash) {
    return read_block_at(block_path(folder_, hash));
}

std::optional<std::string> SpoolFolder::write_block(const SpooledBlock& block) {
    return write_synced(block_path(folder_, block.hash), encode_block_file(block));
}

std::optional<std::string> SpoolFolder::write_state(const bitcoin::BlockHash& hash,
                                                    const BlockState& state) {
    return write_synced(state_path(folder_, hash), base::as_bytes(encode_state(state)));
}

void SpoolFolder::remove(const bitcoin::BlockHash& hash) {
    std::error_code ignored;
    fs::remove(block_path(folder_, hash), ignored);
    fs::remove(state_path(folder_, hash), ignored);
}

}  // namespace templates
