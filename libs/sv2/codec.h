#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "sv2/frame.h"
#include "sv2/message.h"
#include "sv2/wire.h"

namespace sv2 {

/// The bytes that the message's fields take, without header and TLVs.
template <Message M>
std::size_t encoded_size(const M& message) {
    std::size_t size = 0;
    M::fields(message, [&](std::string_view, const auto& field, auto...) {
        size += Wire<std::remove_cvref_t<decltype(field)>>::size(field);
    });
    return size;
}

/// The header of a message with a payload of this many bytes.
template <Message M>
constexpr FrameHeader header_of(std::size_t payload_size) {
    return {.extension_type = M::info.extension_type(),
            .channel_message = M::info.channel_message,
            .message_type = M::info.message_type,
            .payload_size = static_cast<std::uint32_t>(payload_size)};
}

/// Appends the whole frame, header and payload, to `out`; `tlv_area` is what tlv.h has encoded and
/// goes last. A field or frame that is longer than the wire can carry is our own error: it aborts.
/// Strings that a stranger chose are cut to the field's `size_max` before they are put in.
template <Message M>
void append_frame(const M& message, base::Bytes& out, base::ByteView tlv_area = {}) {
    const std::size_t fields_size = encoded_size(message);
    const std::size_t payload_size = fields_size + tlv_area.size();
    base::ensure(payload_size <= payload_size_max, "a frame is longer than its header can say");
    const std::size_t start = out.size();
    out.resize(start + frame_header_size + payload_size);
    std::byte* to = out.data() + start;
    const auto header = encode_header(header_of<M>(payload_size));
    std::memcpy(to, header.data(), header.size());
    to += header.size();
    M::fields(message, [&](std::string_view, const auto& field, auto...) {
        to = Wire<std::remove_cvref_t<decltype(field)>>::write(to, field);
    });
    if (!tlv_area.empty()) std::memcpy(to, tlv_area.data(), tlv_area.size());
}

/// The whole frame in bytes of its own.
template <Message M>
base::Bytes encode(const M& message, base::ByteView tlv_area = {}) {
    base::Bytes out;
    append_frame(message, out, tlv_area);
    return out;
}

/// A message and what followed its last field: the TLVs of extensions, for tlv.h (Sv2 3.4.3).
template <Message M>
struct WithTlvs {
    M message{};
    base::ByteView tlv_area{};
};

/// Reads the fields of a message in order; false, with the reason in the reader, when the payload
/// is malformed. What decode() is made of.
template <Message M>
bool read_fields(Reader& reader, M& message) {
    bool is_well_formed = true;
    M::fields(message, [&]<class T, class... Rule>(std::string_view, T& field, Rule...) {
        if constexpr (sizeof...(Rule) != 0) {
            if (reader.left() == 0) return;  // a last field that older peers do not send
        }
        is_well_formed = is_well_formed && Wire<T>::read(reader, field);
    });
    return is_well_formed;
}

/// Decodes a payload. Strings, blobs and sequences of the message borrow from `payload`, which must
/// outlive them. Never reads past the end and never allocates.
/// Errors: all of DecodeError; whichever it is, the peer is malformed and is to be closed.
template <Message M>
base::Result<WithTlvs<M>, DecodeError> decode_with_tlvs(base::ByteView payload) {
    Reader reader{payload};
    base::Result<WithTlvs<M>, DecodeError> result{};
    if (!read_fields(reader, result->message)) [[unlikely]]
        return base::unexpected(reader.error);
    result->tlv_area = base::ByteView{reader.at, reader.end};
    return result;
}

/// The same when no extension is in use: whatever follows the last field is ignored.
template <Message M>
base::Result<M, DecodeError> decode(base::ByteView payload) {
    Reader reader{payload};
    base::Result<M, DecodeError> result{};
    if (!read_fields(reader, *result)) [[unlikely]]
        return base::unexpected(reader.error);
    return result;
}

}  // namespace sv2
