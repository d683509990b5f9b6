#pragma once

#include <optional>

#include "noise/cipher_state.h"

namespace noise {

inline constexpr std::size_t frame_header_size = 6;
inline constexpr std::size_t sealed_header_size = frame_header_size + mac_size;
/// A payload travels in blocks: 65,535 bytes sealed, which is Noise's longest message (Sv2 4.6).
inline constexpr std::size_t block_size_max = 65535 - mac_size;
/// What the 24 bits of msg_length can say.
inline constexpr std::uint32_t payload_size_limit = 0xffffff;

/// The size on the wire of a frame with that much payload: the header, then the blocks.
constexpr std::size_t sealed_frame_size(std::size_t payload_size) {
    const std::size_t blocks = (payload_size + block_size_max - 1) / block_size_max;
    return sealed_header_size + payload_size + blocks * mac_size;
}

enum class TransportError {
    authentication_failed,  ///< not what the peer sealed, or not in this order
    nonce_exhausted,        ///< the session has used up its nonces
    frame_too_large,        ///< the header announces more than the caller allows
};
/// For logs and metrics: "frame-too-large".
std::string_view error_code(TransportError error);

/// The sending direction of one connection.
class FrameSealer {
  public:
    explicit FrameSealer(CipherState cipher) : cipher_(std::move(cipher)) {}

    /// Appends a frame, sealed, to `out` and returns the size of what it appended. `frame` is the
    /// header of Sv2 3.2 and its payload, whose length the header tells. When it fails, `out` is
    /// as it was. Errors: `nonce_exhausted`.
    base::Result<std::size_t, TransportError> seal(base::ByteView frame, base::Bytes& out);

  private:
    CipherState cipher_;
};

/// The receiving direction of one connection: takes bytes as the socket gives them and gives
/// frames. Frames that lie whole in the bytes it is fed are opened where they lie; others gather
/// in a buffer that grows with what has arrived, not with what a header announces.
class FrameOpener {
  public:
    explicit FrameOpener(CipherState cipher) : cipher_(std::move(cipher)) {}

    struct Opened {
        /// How many bytes of the front of `received` are used up and belong to the opener's past.
        std::size_t consumed = 0;
        /// A plaintext frame, header and payload in one piece; empty if none is complete yet, and
        /// then everything is consumed. Lives until the next call, or until the bytes that were
        /// fed are overwritten.
        base::ByteView frame{};
    };
    /// Takes the next bytes of the stream, overwriting them. Call again with the rest for as long
    /// as frames come out. A frame whose header announces more than `payload_size_max` is refused
    /// as soon as the header is there. After an error every call returns that error: the session
    /// is over. Errors: each enumerator.
    base::Result<Opened, TransportError> open(std::span<std::byte> received,
                                              std::uint32_t payload_size_max);

    /// Whether the stream may end here: no frame has begun.
    bool is_between_frames() const { return frame_given_ || gathered_.empty(); }
    /// Memory held for the frame under way.
    std::size_t buffered_size() const { return gathered_.capacity(); }

  private:
    base::Result<std::size_t, TransportError> open_header(const MessageStream& stream,
                                                          std::span<std::byte> sealed,
                                                          std::uint32_t payload_size_max);
    std::optional<TransportError> open_block(std::span<std::byte> sealed);
    std::optional<TransportError> open_block(const MessageStream& stream,
                                             std::span<std::byte> sealed);
    base::Result<Opened, TransportError> open_where_it_lies(std::span<std::byte> received,
                                                            std::uint32_t payload_size_max);
    base::Result<Opened, TransportError> gather(std::span<std::byte> received, std::size_t consumed,
                                                std::uint32_t payload_size_max);
    void reserve_for(std::size_t more);
    TransportError fail(TransportError error);

    CipherState cipher_;
    std::optional<TransportError> failed_{};
    /// Plaintext of the frame so far, then the sealed part that is still incomplete.
    base::Bytes gathered_{};
    /// How much of `gathered_` is plaintext; 0 until the header is open.
    std::size_t opened_size_ = 0;
    /// Header and payload of the frame under way, known once the header is open.
    std::size_t frame_size_ = 0;
    /// The frame in `gathered_` is complete and was given out; the next call drops it.
    bool frame_given_ = false;
};

/// Both directions, as a handshake leaves them.
struct Transport {
    FrameSealer sealer;
    FrameOpener opener;
};

}  // namespace noise
