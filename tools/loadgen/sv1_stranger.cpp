#include "loadgen/sv1_stranger.h"

#include <algorithm>
#include <utility>

#include "sv1/requests.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr auto again_after_loss = 1000ms;
constexpr auto reads_every = 250ms;
constexpr std::size_t reads_slowly = 512;
constexpr std::string_view agent = "adit-loadgen";

}  // namespace

Sv1Stranger::Sv1Stranger(Kind kind, std::string user, std::chrono::nanoseconds again_after,
                         Statistics& statistics)
    : kind_(kind),
      user_(std::move(user)),
      again_after_(again_after),
      statistics_(statistics),
      deeds_(statistics.hostile[kind == Kind::storm ? "storm" : "slow-readers"]) {
    ++deeds_.peers;
}

Peer::Wish Sv1Stranger::on_connected(base::SteadyTime, std::string& out) {
    ++deeds_.connections;
    is_connected_ = is_reading_ = true;
    sv1::append_call(sv1::Id::of(std::uint64_t{1}), sv1::Subscribe{.user_agent = agent}, out);
    ++deeds_.lines;
    if (kind_ == Kind::storm) return Wish::stay;
    sv1::append_call(sv1::Id::of(std::uint64_t{2}), sv1::Authorize{.user = user_, .password = "x"},
                     out);
    ++deeds_.lines;
    return Wish::stay;
}

Peer::Wish Sv1Stranger::on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string&) {
    if (kind_ == Kind::slow_reader) {
        is_reading_ = false;
        due_ = now + reads_every;
        return Wish::stay;
    }
    if (std::ranges::find(bytes, std::byte{'\n'}) == bytes.end()) return Wish::stay;
    statistics_.handshakes.add(now - came_at_);
    return Wish::leave;
}

Peer::Wish Sv1Stranger::on_due(base::SteadyTime, std::string&) {
    due_ = never;
    is_reading_ = true;
    return Wish::stay;
}

std::size_t Sv1Stranger::read_size_max() const {
    return kind_ == Kind::slow_reader ? reads_slowly : SIZE_MAX;
}

std::chrono::milliseconds Sv1Stranger::on_lost(std::string_view, base::SteadyTime) {
    if (std::exchange(is_connected_, false)) ++deeds_.closed;
    due_ = never;
    return again_after_loss;
}

std::chrono::milliseconds Sv1Stranger::on_left(base::SteadyTime now) {
    is_connected_ = false;
    due_ = never;
    return std::max(
        std::chrono::duration_cast<std::chrono::milliseconds>(came_at_ + again_after_ - now), 0ms);
}

}  // namespace loadgen
