#include <vector>

#include "edge/proxy_header.h"
#include "fuzz/target.h"
#include "sv2/dispatch.h"
#include "sv2/frame.h"
#include "sv2/message_table.h"
#include "sv2/print.h"

// A plaintext stream: one byte for the pieces it comes in, then the stream. Frames are the same
// however it is cut, and each is routed and decoded by its header. The same stream is read as the
// beginning of a proxied connection.

namespace {

constexpr std::size_t size_max = 4096;

struct Frames {
    std::vector<base::Bytes> payloads{};
    std::vector<sv2::FrameHeader> headers{};
    bool is_too_large{};
    std::size_t left{};
};

/// Takes frames off a buffer to which `piece` bytes are added at a time.
Frames frames_of(base::ByteView stream, std::size_t piece) {
    Frames frames;
    base::Bytes buffer;
    while (!stream.empty() && !frames.is_too_large) {
        const auto next = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(next.size());
        base::append(buffer, next);
        base::ByteView unread{buffer};
        while (true) {
            const auto frame = sv2::take_frame(unread, size_max);
            frames.is_too_large = !frame.has_value();
            if (!frame || !*frame) break;
            fuzz::check((*frame)->payload.size() == (*frame)->header.payload_size,
                        "a frame has as many bytes as its header says");
            frames.headers.push_back((*frame)->header);
            frames.payloads.push_back(base::to_bytes((*frame)->payload));
        }
        buffer.erase(buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(buffer.size() - unread.size()));
    }
    frames.left = buffer.size();
    return frames;
}

void route_and_decode(const sv2::FrameHeader& header, base::ByteView payload) {
    fuzz::check(sv2::decode_header(sv2::encode_header(header)) == header,
                "a header survives encoding");
    for (const auto protocol : {sv2::Protocol::mining, sv2::Protocol::job_declaration,
                                sv2::Protocol::template_distribution})
        for (const auto role : {sv2::Role::server, sv2::Role::client})
            fuzz::check(!sv2::dispatch_name(sv2::dispatch(header, protocol, role)).empty(),
                        "every frame has its way");
    const auto channel = sv2::channel_id_of(payload);
    fuzz::check(channel.has_value() == (payload.size() >= 4), "a channel is four bytes");
    sv2::decode_any(header, payload, [](const auto& decoded) {
        if (decoded) fuzz::check(!sv2::to_text(decoded->message).empty(), "what decodes prints");
    });
}

/// A PROXY header is decided by the bytes up to its end, and not taken back by what follows.
void read_proxy_header(base::ByteView stream) {
    const auto header = edge::read_proxy_header(stream);
    if (!header) {
        fuzz::check(!edge::error_name(header.error()).empty(), "errors are named");
        return;
    }
    if (!*header) {
        fuzz::check(stream.size() < edge::proxy_header_size_max, "it is decided in time");
        return;
    }
    const auto size = (*header)->size;
    fuzz::check(size <= stream.size() && size <= edge::proxy_header_size_max,
                "a header is within its bounds");
    // On the heap, with nothing behind it.
    const auto exactly = base::to_bytes(stream.first(size));
    const auto again = edge::read_proxy_header(exactly);
    fuzz::check(again && *again && (*again)->source == (*header)->source, "and is whole by itself");
    const auto less = edge::read_proxy_header(base::ByteView{exactly}.first(size - 1));
    fuzz::check(less && !*less, "and not before");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const std::size_t piece = 1 + std::size_t{script.byte()};
    const auto stream = script.rest();
    read_proxy_header(stream);
    const auto whole = frames_of(stream, stream.size() + 1);
    const auto cut = frames_of(stream, piece);
    fuzz::check(whole.headers == cut.headers && whole.payloads == cut.payloads &&
                    whole.is_too_large == cut.is_too_large,
                "frames do not depend on the pieces they come in");
    if (!whole.is_too_large) fuzz::check(whole.left == cut.left, "the rest waits for more");
    for (std::size_t i = 0; i < whole.headers.size(); ++i)
        route_and_decode(whole.headers[i], whole.payloads[i]);
    return 0;
}
