#include "sv2/tlv.h"

#include "base/ensure.h"

namespace sv2 {

void append_tlv(const Tlv& tlv, base::Bytes& out) {
    base::ensure(tlv.value.size() <= 0xffff, "a TLV is longer than its header can say");
    base::append_le(out, tlv.extension_type);
    base::append_le(out, tlv.field_type);
    base::append_le(out, static_cast<std::uint16_t>(tlv.value.size()));
    base::append(out, tlv.value);
}

std::optional<Tlv> take_tlv(base::ByteView& area) {
    if (area.size() < tlv_header_size) return std::nullopt;
    const auto length = base::load_le<std::uint16_t>(area.data() + 3);
    if (area.size() - tlv_header_size < length) return std::nullopt;
    const Tlv tlv{.extension_type = base::load_le<std::uint16_t>(area.data()),
                  .field_type = base::load_le<std::uint8_t>(area.data() + 2),
                  .value = area.subspan(tlv_header_size, length)};
    area = area.subspan(tlv_header_size + length);
    return tlv;
}

std::optional<Tlv> find_tlv(base::ByteView area, std::uint16_t extension_type,
                            std::uint8_t field_type) {
    while (const auto tlv = take_tlv(area))
        if (tlv->extension_type == extension_type && tlv->field_type == field_type) return tlv;
    return std::nullopt;
}

void append_user_identity(std::string_view identity, base::Bytes& out) {
    std::size_t size = identity.size();
    if (size > user_identity_size_max) {
        size = user_identity_size_max;
        // Bytes of the form 10xxxxxx continue a character that began before them.
        while (size > 0 && (static_cast<unsigned char>(identity[size]) & 0xc0U) == 0x80U) --size;
    }
    append_tlv({.extension_type = worker_identity_extension,
                .field_type = user_identity_field,
                .value = base::as_bytes(identity.substr(0, size))},
               out);
}

base::Result<std::optional<std::string_view>, TlvTooLong> user_identity_of(
    base::ByteView tlv_area) {
    const auto tlv = find_tlv(tlv_area, worker_identity_extension, user_identity_field);
    if (!tlv) return std::optional<std::string_view>{};
    if (tlv->value.size() > user_identity_size_max)
        return base::unexpected(TlvTooLong{.size = tlv->value.size()});
    return std::optional<std::string_view>{base::as_string_view(tlv->value)};
}

}  // namespace sv2
