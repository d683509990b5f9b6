#include "template/spool_record.h"

#include <optional>
#include <string_view>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "template/digest.h"

namespace templates {
namespace {

constexpr std::string_view magic = "ADITBLK";
constexpr char format = '2';
constexpr std::size_t head_size = magic.size() + 1 + 4;
constexpr std::size_t fixed_fields_size = 4 + 8 + 8 + 8 + 8;

/// A file of any format, cut into its parts; nothing when it is damaged.
struct FileParts {
    char format{};
    base::ByteView fields{};
    base::ByteView block{};
};
std::optional<FileParts> cut(base::ByteView file) {
    const auto whole = without_digest(file);
    if (!whole || whole->size() < head_size + bitcoin::header_size) return std::nullopt;
    const auto body = *whole;
    if (base::as_string_view(body.first(magic.size())) != magic) return std::nullopt;
    const auto fields_size = base::load_le<std::uint32_t>(body.data() + magic.size() + 1);
    const auto rest = body.subspan(head_size);
    if (rest.size() < bitcoin::header_size || fields_size > rest.size() - bitcoin::header_size)
        return std::nullopt;
    return FileParts{.format = static_cast<char>(body[magic.size()]),
                     .fields = rest.first(fields_size),
                     .block = rest.subspan(fields_size)};
}

SpooledBlock block_of(base::ByteView bytes) {
    SpooledBlock block;
    block.bytes = base::to_bytes(bytes);
    block.hash = bitcoin::header_hash(bytes.first<bitcoin::header_size>());
    return block;
}

}  // namespace

base::Bytes encode_block_file(const SpooledBlock& block) {
    base::Bytes fields;
    base::append_le(fields, block.height);
    base::append_le(fields, block.template_ref.value);
    base::append_le(fields, block.channel.value);
    base::append_le(fields, static_cast<std::uint64_t>(block.found_at.time_since_epoch().count()));
    base::append_le(fields, block.value_sat);
    base::append(fields, base::as_bytes(block.user_identity));

    base::Bytes file = base::to_bytes(magic);
    file.push_back(static_cast<std::byte>(format));
    base::append_le(file, static_cast<std::uint32_t>(fields.size()));
    base::append(file, fields);
    base::append(file, block.bytes);
    append_digest(file);
    return file;
}

base::Result<SpooledBlock, BlockFileError> decode_block_file(base::ByteView bytes) {
    const auto parts = cut(bytes);
    if (!parts) return base::unexpected(BlockFileError::damaged);
    if (parts->format != format) return base::unexpected(BlockFileError::newer_format);
    if (parts->fields.size() < fixed_fields_size) return base::unexpected(BlockFileError::damaged);
    const auto* const field = parts->fields.data();
    auto block = block_of(parts->block);
    block.height = base::load_le<std::uint32_t>(field);
    block.template_ref.value = base::load_le<std::uint64_t>(field + 4);
    block.channel.value = base::load_le<std::uint64_t>(field + 12);
    block.found_at = base::UnixMicros{std::chrono::microseconds{
        static_cast<std::int64_t>(base::load_le<std::uint64_t>(field + 20))}};
    block.value_sat = base::load_le<std::uint64_t>(field + 28);
    block.user_identity = base::to_string(parts->fields.subspan(fixed_fields_size));
    return block;
}

base::Result<SpooledBlock, BlockFileError> salvage_block_file(base::ByteView bytes) {
    const auto parts = cut(bytes);
    const auto parsed = parts ? bitcoin::parse_block(parts->block)
                              : base::unexpected(bitcoin::ParseError::truncated);
    if (!parsed || parsed->transactions.empty() || parsed->transactions.front().inputs.empty())
        return base::unexpected(BlockFileError::damaged);
    const auto& coinbase = parsed->transactions.front();
    auto block = block_of(parts->block);
    const auto height = bitcoin::pushed_height(coinbase.inputs.front().script);
    if (!height) return base::unexpected(BlockFileError::damaged);
    block.height = *height;
    for (const auto& output : coinbase.outputs) block.value_sat += output.value_sat;
    return block;
}

}  // namespace templates
