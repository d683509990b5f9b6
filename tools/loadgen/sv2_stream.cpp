#include "loadgen/sv2_stream.h"

#include <algorithm>
#include <utility>

#include "sv2/limits.h"

namespace loadgen {

void Sv2Stream::begin(std::string& out) const {
    out.append(base::as_string_view(initiator_->act1()));
}

base::Result<Sv2Stream::Taken, std::string> Sv2Stream::shake_hands(std::span<std::byte>& received,
                                                                   std::uint32_t unix_now) {
    const auto size = std::min(received.size(), act2_.size() - act2_size_);
    std::copy_n(received.begin(), size, act2_.begin() + static_cast<std::ptrdiff_t>(act2_size_));
    act2_size_ += size;
    received = received.subspan(size);
    if (act2_size_ < act2_.size()) return Taken{};
    auto established = std::move(*initiator_).finish(act2_, unix_now);
    initiator_.reset();
    if (!established)
        return base::unexpected("handshake: " +
                                std::string{noise::error_code(established.error())});
    transport_.emplace(std::move(established->transport));
    return Taken{.what = Taken::What::established};
}

base::Result<Sv2Stream::Taken, std::string> Sv2Stream::take(std::span<std::byte>& received,
                                                            std::uint32_t unix_now) {
    if (received.empty()) return Taken{};
    if (!transport_) {
        if (!initiator_) return base::unexpected(std::string{"the handshake has failed"});
        return shake_hands(received, unix_now);
    }
    const auto opened = transport_->opener.open(received, sv2::limits::payload_from_pool_max);
    if (!opened)
        return base::unexpected("not a frame: " + std::string{noise::error_code(opened.error())});
    received = received.subspan(opened->consumed);
    if (opened->frame.empty()) return Taken{};
    return Taken{.what = Taken::What::frame, .frame = opened->frame};
}

bool Sv2Stream::send(base::ByteView frame, std::string& out) {
    // One thread, and what is in it is gone when this returns.
    static base::Bytes sealed;
    sealed.clear();
    if (!transport_ || !transport_->sealer.seal(frame, sealed)) return false;
    out.append(base::as_string_view(sealed));
    return true;
}

}  // namespace loadgen
