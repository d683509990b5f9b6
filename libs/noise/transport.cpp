#include "noise/transport.h"

#include "base/ensure.h"

namespace noise {
namespace {

/// Up to here the buffer doubles; above, it grows by steps of this size, and never past what its
/// frame needs, so that a peer makes us hold little more than it has sent.
constexpr std::size_t growth_step = std::size_t{256} * 1024;
/// A larger buffer is given back when its frame is done: an idle connection holds no memory for
/// the one large frame that it once had. Every frame that a miner sends often is smaller.
constexpr std::size_t kept_capacity_max = 512;

/// U24, little-endian, at offset 3 (Sv2 3.2).
std::size_t payload_size(base::ByteView header) {
    return std::to_integer<std::size_t>(header[3]) | std::to_integer<std::size_t>(header[4]) << 8 |
           std::to_integer<std::size_t>(header[5]) << 16;
}

TransportError transport_error(CipherError error) {
    switch (error) {
        case CipherError::authentication_failed: return TransportError::authentication_failed;
        case CipherError::nonce_exhausted: return TransportError::nonce_exhausted;
    }
    return TransportError::authentication_failed;
}

}  // namespace

std::string_view error_code(TransportError error) {
    switch (error) {
        case TransportError::authentication_failed: return "authentication-failed";
        case TransportError::nonce_exhausted: return "nonce-exhausted";
        case TransportError::frame_too_large: return "frame-too-large";
    }
    return "unknown";
}

base::Result<std::size_t, TransportError> FrameSealer::seal(base::ByteView frame,
                                                            base::Bytes& out) {
    base::ensure(frame.size() >= frame_header_size &&
                     frame.size() == frame_header_size + payload_size(frame),
                 "a frame is as long as its header says");
    auto payload = frame.subspan(frame_header_size);
    const auto blocks = (payload.size() + block_size_max - 1) / block_size_max;
    if (cipher_.remaining() < 1 + blocks) return base::unexpected(TransportError::nonce_exhausted);

    const auto size = sealed_frame_size(payload.size());
    out.resize(out.size() + size);
    auto to = std::span{out}.last(size);
    const auto room_for = [&](base::ByteView part) { return to.first(part.size() + mac_size); };
    const auto is_sealed = [&](const auto& written) {
        base::ensure(written.has_value(), "the nonces were counted");
        to = to.subspan(written->size());
    };
    const auto streams = cipher_.streams();
    const auto header = frame.first(frame_header_size);
    is_sealed(cipher_.seal_with(streams.first(), header, room_for(header)));
    if (!payload.empty() && payload.size() <= short_message_max) {
        is_sealed(cipher_.seal_with(streams.second(), payload, room_for(payload)));
        return size;
    }
    while (!payload.empty()) {
        const auto block = payload.first(std::min(payload.size(), block_size_max));
        is_sealed(cipher_.seal({}, block, room_for(block)));
        payload = payload.subspan(block.size());
    }
    return size;
}

TransportError FrameOpener::fail(TransportError error) {
    failed_ = error;
    // Nothing of the failing frame is to be seen (Sv2 4.6).
    gathered_ = base::Bytes{};
    return error;
}

/// Opens the header in place and returns the size of its frame, plain.
base::Result<std::size_t, TransportError> FrameOpener::open_header(const MessageStream& stream,
                                                                   std::span<std::byte> sealed,
                                                                   std::uint32_t payload_size_max) {
    const auto header = cipher_.open_with(stream, sealed, sealed.first(frame_header_size));
    if (!header) return base::unexpected(transport_error(header.error()));
    const auto size = payload_size(*header);
    if (size > payload_size_max) return base::unexpected(TransportError::frame_too_large);
    return frame_header_size + size;
}

std::optional<TransportError> FrameOpener::open_block(std::span<std::byte> sealed) {
    const auto block = cipher_.open({}, sealed, sealed.first(sealed.size() - mac_size));
    if (!block) return transport_error(block.error());
    return std::nullopt;
}

std::optional<TransportError> FrameOpener::open_block(const MessageStream& stream,
                                                      std::span<std::byte> sealed) {
    const auto block = cipher_.open_with(stream, sealed, sealed.first(sealed.size() - mac_size));
    if (!block) return transport_error(block.error());
    return std::nullopt;
}

base::Result<FrameOpener::Opened, TransportError> FrameOpener::open(
    std::span<std::byte> received, std::uint32_t payload_size_max) {
    if (failed_) return base::unexpected(*failed_);
    if (frame_given_) {
        frame_given_ = false;
        opened_size_ = frame_size_ = 0;
        gathered_.clear();
        if (gathered_.capacity() > kept_capacity_max) gathered_ = base::Bytes{};
    }
    if (gathered_.empty() && received.size() >= sealed_header_size)
        return open_where_it_lies(received, payload_size_max);
    return gather(received, 0, payload_size_max);
}

base::Result<FrameOpener::Opened, TransportError> FrameOpener::open_where_it_lies(
    std::span<std::byte> received, std::uint32_t payload_size_max) {
    const auto streams = cipher_.streams();
    const auto size =
        open_header(streams.first(), received.first(sealed_header_size), payload_size_max);
    if (!size) return base::unexpected(fail(size.error()));
    const auto sealed_size = sealed_frame_size(*size - frame_header_size);
    if (received.size() < sealed_size) {
        gathered_.assign(received.begin(), received.begin() + frame_header_size);
        opened_size_ = frame_header_size;
        frame_size_ = *size;
        return gather(received, sealed_header_size, payload_size_max);
    }
    // The header moves up to its payload, and each further block down to the one before.
    const auto frame = received.subspan(mac_size, *size);
    std::memmove(frame.data(), received.data(), frame_header_size);
    auto rest = received.subspan(sealed_header_size, sealed_size - sealed_header_size);
    auto* end = frame.data() + frame_header_size;
    if (!rest.empty() && rest.size() <= short_message_max + mac_size) {
        // It lies where it belongs.
        if (const auto error = open_block(streams.second(), rest))
            return base::unexpected(fail(*error));
        return Opened{sealed_size, frame};
    }
    while (!rest.empty()) {
        const auto sealed = rest.first(std::min(rest.size(), block_size_max + mac_size));
        if (const auto error = open_block(sealed)) return base::unexpected(fail(*error));
        const auto plain_size = sealed.size() - mac_size;
        if (end != sealed.data()) std::memmove(end, sealed.data(), plain_size);
        end += plain_size;
        rest = rest.subspan(sealed.size());
    }
    return Opened{sealed_size, frame};
}

/// Takes from `received`, of which `consumed` bytes are gone already, until the frame under way
/// is complete or the bytes are used up.
base::Result<FrameOpener::Opened, TransportError> FrameOpener::gather(
    std::span<std::byte> received, std::size_t consumed, std::uint32_t payload_size_max) {
    while (true) {
        const auto part_size =
            opened_size_ == 0 ? sealed_header_size
                              : std::min(frame_size_ - opened_size_, block_size_max) + mac_size;
        const auto missing = part_size - (gathered_.size() - opened_size_);
        const auto taken =
            received.subspan(consumed).first(std::min(missing, received.size() - consumed));
        reserve_for(taken.size());
        base::append(gathered_, taken);
        consumed += taken.size();
        if (taken.size() < missing) return Opened{consumed, {}};

        const auto part = std::span{gathered_}.subspan(opened_size_);
        if (opened_size_ == 0) {
            const auto streams = cipher_.streams();
            const auto size = open_header(streams.first(), part, payload_size_max);
            if (!size) return base::unexpected(fail(size.error()));
            frame_size_ = *size;
        } else if (const auto error = open_block(part)) {
            return base::unexpected(fail(*error));
        }
        gathered_.resize(gathered_.size() - mac_size);
        opened_size_ = gathered_.size();
        if (opened_size_ == frame_size_) {
            frame_given_ = true;
            return Opened{consumed, gathered_};
        }
    }
}

void FrameOpener::reserve_for(std::size_t more) {
    const auto needed = gathered_.size() + more;
    if (needed <= gathered_.capacity()) return;
    const auto grown = needed + std::min(needed, growth_step);
    const auto whole = opened_size_ == 0 ? sealed_header_size : frame_size_ + mac_size;
    gathered_.reserve(std::max(needed, std::min(grown, whole)));
}

}  // namespace noise
