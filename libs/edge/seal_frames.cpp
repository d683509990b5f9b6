#include "edge/seal_frames.h"

#include "sv2/frame.h"

namespace edge {

bool seal_frames(base::ByteView frames, noise::FrameSealer& sealer, SendQueue& out) {
    while (!frames.empty()) {
        const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
        const auto size = sv2::frame_header_size + header.payload_size;
        out.make_room(noise::sealed_frame_size(header.payload_size));
        if (!sealer.seal(frames.first(size), out.tail())) return false;
        frames = frames.subspan(size);
    }
    return true;
}

}  // namespace edge
