#include "fuzz/target.h"
#include "sv2/codec.h"
#include "sv2/message_table.h"
#include "sv2/print.h"
#include "sv2/tlv.h"

// One byte chooses a message of the table, or TLVs alone; the rest is the payload. What decodes
// can be printed, and is the same after encoding and decoding it again.

namespace {

void walk_tlvs(base::ByteView area) {
    auto left = area;
    base::Bytes written;
    while (const auto tlv = sv2::take_tlv(left)) sv2::append_tlv(*tlv, written);
    fuzz::check(
        written.size() <= area.size() && std::equal(written.begin(), written.end(), area.begin()),
        "TLVs are written as they were read");
    const auto first =
        sv2::find_tlv(area, sv2::worker_identity_extension, sv2::user_identity_field);
    const auto identity = sv2::user_identity_of(area);
    fuzz::check(
        identity.has_value() == (!first || first->value.size() <= sv2::user_identity_size_max),
        "an identity is refused exactly when it is too long");
    if (identity) fuzz::check(identity->has_value() == first.has_value(), "what is there is found");
}

template <sv2::Message M>
void decode_as(base::ByteView payload) {
    const auto decoded = sv2::decode_with_tlvs<M>(payload);
    fuzz::check(decoded.has_value() == sv2::decode<M>(payload).has_value(),
                "TLVs do not decide whether a message decodes");
    if (!decoded) return;
    fuzz::check(!sv2::to_text(decoded->message).empty(), "what decodes prints");
    walk_tlvs(decoded->tlv_area);
    const auto frame = sv2::encode(decoded->message, decoded->tlv_area);
    const auto again =
        sv2::decode_with_tlvs<M>(base::ByteView{frame}.subspan(sv2::frame_header_size));
    fuzz::check(again.has_value(), "what was encoded decodes");
    // As bytes: a NaN does not equal itself.
    fuzz::check(sv2::encode(again->message, again->tlv_area) == frame, "decoding undoes encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const std::size_t choice = script.byte() % (sv2::AllMessages::size + 1);
    // On the heap, with nothing behind them.
    const auto payload = base::to_bytes(script.rest());
    if (choice == sv2::AllMessages::size) walk_tlvs(payload);
    std::size_t index = 0;
    sv2::for_each_message([&]<class M>(std::type_identity<M>) {
        if (index++ == choice) decode_as<M>(payload);
    });
    return 0;
}
