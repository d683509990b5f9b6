#include "sv2/frame.h"

namespace sv2 {

std::optional<ChannelId> channel_id_of(base::ByteView payload) {
    if (payload.size() < 4) return std::nullopt;
    return ChannelId{base::load_le<std::uint32_t>(payload.data())};
}

base::Result<std::optional<Frame>, FrameTooLarge> take_frame(base::ByteView& unread,
                                                             std::size_t size_max) {
    if (unread.size() < frame_header_size) return std::optional<Frame>{};
    const FrameHeader header = decode_header(unread.first<frame_header_size>());
    if (header.payload_size > size_max)
        return base::unexpected(FrameTooLarge{.payload_size = header.payload_size});
    if (unread.size() - frame_header_size < header.payload_size) return std::optional<Frame>{};
    const Frame frame{.header = header,
                      .payload = unread.subspan(frame_header_size, header.payload_size)};
    unread = unread.subspan(frame_header_size + header.payload_size);
    return std::optional<Frame>{frame};
}

}  // namespace sv2
