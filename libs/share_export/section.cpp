#include "share_export/section.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/integer.h"
#include "bitcoin/sha256.h"

namespace share_export {
namespace {

/// The first of zstd's magic numbers for frames that a reader skips (RFC 8878, 3.1.2), and the size
/// that follows it; both little-endian.
constexpr std::string_view skippable_magic{"\x50\x2a\x4d\x18", 4};
constexpr std::size_t skippable_prefix = 8;
constexpr std::string_view title = "adit share archive 1\n";
/// A body of a gigabyte is no section of ours.
constexpr std::uint64_t text_size_max = 1ULL << 30;
constexpr int level = 3;

std::string digest_of(std::string_view body) {
    return base::to_hex(bitcoin::sha256(base::as_bytes(body)).as_bytes());
}

std::string compress(std::string_view text) {
    if (text.empty()) return {};
    std::string frame(ZSTD_compressBound(text.size()), '\0');
    const auto size = ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), level);
    base::ensure(ZSTD_isError(size) == 0, "zstd compresses into what it asked for");
    frame.resize(size);
    return frame;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto space = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, space));
        line.remove_prefix(std::min(space + 1, line.size()));
    }
    return words;
}

std::optional<base::UnixMicros> read_micros(std::string_view text) {
    const auto micros = base::parse_integer<std::int64_t>(text);
    if (!micros) return std::nullopt;
    return base::UnixMicros{std::chrono::microseconds{*micros}};
}

bool read_line(const std::vector<std::string_view>& words, SectionHead& head) {
    if (words.size() == 2 && words[0] == "format") {
        const auto format = format_from(words[1]);
        head.format = format.value_or(TextFormat::jsonl);
        return format.has_value();
    }
    if (words.size() == 4 && words[0] == "body") {
        const auto size = base::parse_integer<std::uint64_t>(words[1]);
        const auto text = base::parse_integer<std::uint64_t>(words[2]);
        head.body_size = size.value_or(0);
        head.text_size = text.value_or(0);
        head.digest = words[3];
        return size && text && head.text_size <= text_size_max;
    }
    if (words.size() == 4 && words[0] == "shares") {
        const auto lines = base::parse_integer<std::uint64_t>(words[1]);
        const auto earliest = read_micros(words[2]);
        const auto latest = read_micros(words[3]);
        head.lines = lines.value_or(0);
        head.earliest = earliest.value_or(base::UnixMicros{});
        head.latest = latest.value_or(base::UnixMicros{});
        return lines && earliest && latest;
    }
    if (words.size() == 4 && (words[0] == "place" || words[0] == "start")) {
        const auto partition = base::parse_integer<std::uint32_t>(words[1]);
        const auto bytes = base::parse_integer<std::uint64_t>(words[3]);
        if (!partition || !bytes || !EntryId::from(words[2])) return false;
        auto& places = words[0] == "place" ? head.places : head.starts;
        places[*partition] = {std::string{words[2]}, *bytes};
        return true;
    }
    // A later version's.
    return true;
}

std::optional<SectionHead> read_head(std::string_view text) {
    if (!text.starts_with(title) || text.back() != '\n') return std::nullopt;
    text.remove_prefix(title.size());
    SectionHead head;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (!read_line(words_of(text.substr(0, end)), head)) return std::nullopt;
        text.remove_prefix(end + 1);
    }
    return head;
}

}  // namespace

std::string encode_section(SectionHead head, std::string_view text) {
    const auto body = compress(text);
    std::string lines{title};
    lines += fmt::format("format {}\n", format_name(head.format));
    lines += fmt::format("shares {} {} {}\n", head.lines, head.earliest.time_since_epoch().count(),
                         head.latest.time_since_epoch().count());
    for (const auto& [partition, place] : head.places)
        lines += fmt::format("place {} {} {}\n", partition, place.id, place.bytes);
    for (const auto& [partition, place] : head.starts)
        lines += fmt::format("start {} {} {}\n", partition, place.id, place.bytes);
    lines += fmt::format("body {} {} {}\n", body.size(), text.size(), digest_of(body));
    base::ensure(lines.size() + skippable_prefix <= head_size_max, "a head has its bound");
    std::string section{skippable_magic};
    base::Bytes size;
    base::append_le(size, static_cast<std::uint32_t>(lines.size()));
    section += base::as_string_view(size);
    section += lines;
    section += body;
    return section;
}

std::optional<FoundHead> find_head(std::string_view bytes) {
    if (bytes.size() < skippable_prefix || !bytes.starts_with(skippable_magic)) return std::nullopt;
    const std::size_t size = base::load_le<std::uint32_t>(base::as_bytes(bytes.substr(4)).data());
    if (size == 0 || size > head_size_max - skippable_prefix ||
        size > bytes.size() - skippable_prefix)
        return std::nullopt;
    auto head = read_head(bytes.substr(skippable_prefix, size));
    if (!head) return std::nullopt;
    return FoundHead{*std::move(head), skippable_prefix + size};
}

bool is_whole(const SectionHead& head, std::string_view body) {
    return body.size() == head.body_size && digest_of(body) == head.digest;
}

std::optional<std::string> decode_body(const SectionHead& head, std::string_view body) {
    if (!is_whole(head, body)) return std::nullopt;
    std::string text(head.text_size, '\0');
    if (body.empty()) return text.empty() ? std::optional{text} : std::nullopt;
    const auto size = ZSTD_decompress(text.data(), text.size(), body.data(), body.size());
    if (ZSTD_isError(size) != 0 || size != text.size()) return std::nullopt;
    return text;
}

Walked walk_sections(std::string_view file) {
    Walked walked;
    for (std::size_t at = 0; at < file.size();) {
        const auto found = find_head(file.substr(at));
        if (found && found->head.body_size <= file.size() - at - found->size &&
            is_whole(found->head, file.substr(at + found->size, found->head.body_size))) {
            walked.is_damaged = walked.is_damaged || walked.end != at;
            if (walked.sections == 0) walked.format = found->head.format;
            for (const auto& [partition, place] : found->head.places)
                walked.places[partition] = place;
            ++walked.sections;
            walked.lines += found->head.lines;
            at += found->size + found->head.body_size;
            walked.end = at;
            continue;
        }
        // Torn off, or damaged: then others follow somewhere.
        at = std::min(file.find(skippable_magic, at + 1), file.size());
    }
    return walked;
}

}  // namespace share_export
