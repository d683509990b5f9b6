#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "share_export/row_text.h"
#include "share_log/follower.h"

/// What an archive's files are made of. A section is what one flush wrote: a skippable zstd frame
/// with the section's head, which tools pass over, and one zstd frame with whole lines. So a file
/// is at any moment something that `zstdcat` reads, and says itself up to which entry of the log it
/// goes.
namespace share_export {

/// A place in the log of each partition.
using Places = std::map<std::uint32_t, share_log::Position>;

struct SectionHead {
    TextFormat format{};
    std::uint64_t lines = 0;
    /// Of what follows, compressed and not.
    std::uint64_t body_size = 0;
    std::uint64_t text_size = 0;
    /// SHA-256 of the compressed body.
    std::string digest{};
    /// Receipt of the earliest and the latest share in it; 1970 where it has none.
    base::UnixMicros earliest{};
    base::UnixMicros latest{};
    /// Behind the last entry of it, of each partition that it moves; a file's first section has
    /// all.
    Places places{};
    /// Where the archive begins in the log of a partition: the first entry, and the bytes before
    /// it.
    Places starts{};
    friend bool operator==(const SectionHead&, const SectionHead&) = default;
};

/// A section as it lies in a file. `head` needs what it says of shares and places; sizes and digest
/// are made here.
std::string encode_section(SectionHead head, std::string_view text);

/// What begins with the bytes at hand.
struct FoundHead {
    SectionHead head{};
    /// Of the head's frame: the body follows it.
    std::size_t size = 0;
};
/// Nothing when no whole head begins here, or one of a version that we do not know.
std::optional<FoundHead> find_head(std::string_view bytes);
/// A head is never longer: with so many bytes at hand it is whole, or none.
inline constexpr std::size_t head_size_max = 256 * 1024;

/// The body is what the head says.
bool is_whole(const SectionHead& head, std::string_view body);
/// The lines; nothing unless the body is what the head says.
std::optional<std::string> decode_body(const SectionHead& head, std::string_view body);

/// What is in a file, as far as its sections are whole.
struct Walked {
    Places places{};
    TextFormat format{};
    std::size_t sections = 0;
    std::uint64_t lines = 0;
    /// Behind the last whole section.
    std::size_t end = 0;
    /// Whole sections stand behind one that is not: nothing tore it off, something damaged it.
    bool is_damaged = false;
};
Walked walk_sections(std::string_view file);

}  // namespace share_export
