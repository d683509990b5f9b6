#include "template/spool_record.h"

#include <algorithm>
#include <string_view>

#include "bitcoin/header.h"
#include "bitcoin/sha256.h"

namespace templates {
namespace {

constexpr std::string_view magic = "ADITBLK1";
constexpr std::size_t fields_size = 4 + 8 + 8 + 8;
constexpr std::size_t digest_size = 32;
constexpr std::string_view accepted_word = "accepted";
constexpr std::string_view rejected_word = "rejected ";

}  // namespace

base::Bytes encode_block_file(const SpooledBlock& block) {
    base::Bytes file = base::to_bytes(magic);
    base::append_le(file, block.height);
    base::append_le(file, block.template_ref.value);
    base::append_le(file, block.channel.value);
    base::append_le(file, static_cast<std::uint64_t>(block.found_at.time_since_epoch().count()));
    base::append(file, block.bytes);
    base::append(file, bitcoin::sha256d(file).as_bytes());
    return file;
}

std::optional<SpooledBlock> decode_block_file(base::ByteView bytes) {
    if (bytes.size() < magic.size() + fields_size + bitcoin::header_size + digest_size)
        return std::nullopt;
    const auto body = bytes.first(bytes.size() - digest_size);
    const auto digest = bitcoin::sha256d(body);
    if (!std::ranges::equal(bytes.last(digest_size), digest.as_bytes())) return std::nullopt;
    if (base::as_string_view(body.first(magic.size())) != magic) return std::nullopt;
    const auto* field = body.data() + magic.size();
    SpooledBlock block;
    block.height = base::load_le<std::uint32_t>(field);
    block.template_ref.value = base::load_le<std::uint64_t>(field + 4);
    block.channel.value = base::load_le<std::uint64_t>(field + 12);
    block.found_at = base::UnixMicros{std::chrono::microseconds{
        static_cast<std::int64_t>(base::load_le<std::uint64_t>(field + 20))}};
    block.bytes = base::to_bytes(body.subspan(magic.size() + fields_size));
    block.hash = bitcoin::header_hash(base::ByteView{block.bytes}.first<bitcoin::header_size>());
    return block;
}

std::string encode_state_file(const BlockState& state) {
    switch (state.kind) {
        case BlockState::Kind::spooled: return "spooled\n";
        case BlockState::Kind::accepted: return std::string{accepted_word} + "\n";
        case BlockState::Kind::rejected: {
            auto reason = state.reason;
            std::replace(reason.begin(), reason.end(), '\n', ' ');
            return std::string{rejected_word} + reason + "\n";
        }
    }
    return {};
}

std::optional<BlockState> decode_state_file(std::string_view text) {
    if (!text.ends_with('\n')) return std::nullopt;
    text.remove_suffix(1);
    if (text == "spooled") return BlockState{};
    if (text == accepted_word) return BlockState{.kind = BlockState::Kind::accepted, .reason = {}};
    if (text.starts_with(rejected_word))
        return BlockState{.kind = BlockState::Kind::rejected,
                          .reason = std::string{text.substr(rejected_word.size())}};
    return std::nullopt;
}

}  // namespace templates
