#include "loadgen/sv2_stranger.h"

#include <algorithm>
#include <utility>

#include "noise/ellswift.h"
#include "sv2/codec.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// What nobody takes is not gathered without end.
constexpr std::size_t unsent_max = 256 * 1024;
constexpr auto again_after_loss = 1000ms;
constexpr auto asks_every = 20ms;
constexpr int questions_at_once = 4;
constexpr auto reads_every = 250ms;
constexpr std::size_t reads_slowly = 512;

std::string name_of(Sv2Stranger::Kind kind) {
    switch (kind) {
        case Sv2Stranger::Kind::storm: return "storm";
        case Sv2Stranger::Kind::never_reads: return "never-reads";
        case Sv2Stranger::Kind::slow_reader: return "slow-readers";
    }
    return "";
}

}  // namespace

Sv2Stranger::Sv2Stranger(Kind kind, std::string user, std::chrono::nanoseconds again_after,
                         Sv2Context& context)
    : kind_(kind),
      user_(std::move(user)),
      again_after_(again_after),
      context_(context),
      deeds_(context.statistics.hostile[name_of(kind)]) {
    ++deeds_.peers;
}

Peer::Wish Sv2Stranger::on_connected(base::SteadyTime, std::string& out) {
    ++deeds_.connections;
    is_reading_ = true;
    stream_.emplace(context_.authority, noise::make_ephemeral_key(context_.keys));
    stream_->begin(out);
    return Wish::stay;
}

Peer::Wish Sv2Stranger::on_bytes(std::span<std::byte> bytes, base::SteadyTime now,
                                 std::string& out) {
    while (true) {
        const auto taken = stream_->take(bytes, context_.unix_seconds());
        if (!taken) {
            on_lost(taken.error(), now);
            return Wish::leave;
        }
        if (taken->what == Sv2Stream::Taken::What::nothing) break;
        if (taken->what == Sv2Stream::Taken::What::frame)
            send(client_->on_message(taken->frame, now), out);
        else if (on_established(now, out) == Wish::leave)
            return Wish::leave;
    }
    if (client_ && client_->open_channels() > 0) rest(now);
    return Wish::stay;
}

Peer::Wish Sv2Stranger::on_established(base::SteadyTime now, std::string& out) {
    if (kind_ == Kind::storm) {
        context_.statistics.handshakes.add(now - came_at_);
        return Wish::leave;
    }
    client_.emplace(miner::Sv2ClientConfig{.host = context_.host,
                                           .port = context_.port,
                                           .users = {user_},
                                           .standard_channels = 1,
                                           .firmware = "adit-loadgen"},
                    deeds_.connections);
    send(client_->on_connected(now), out);
    return Wish::stay;
}

void Sv2Stranger::rest(base::SteadyTime now) {
    is_reading_ = false;
    if (due_ == never) due_ = now + (kind_ == Kind::never_reads ? asks_every : reads_every);
}

Peer::Wish Sv2Stranger::on_due(base::SteadyTime now, std::string& out) {
    if (kind_ == Kind::slow_reader) {
        due_ = never;
        is_reading_ = true;
        return Wish::stay;
    }
    due_ = now + asks_every;
    // Each is answered with an error: there is no such channel.
    for (int i = 0; i < questions_at_once && out.size() < unsent_max; ++i)
        say(sv2::encode(sv2::UpdateChannel{.channel_id = sv2::ChannelId{UINT32_MAX}}), out);
    return Wish::stay;
}

std::size_t Sv2Stranger::read_size_max() const {
    return client_ && client_->open_channels() > 0 ? reads_slowly : SIZE_MAX;
}

void Sv2Stranger::send(const miner::Effects& effects, std::string& out) {
    for (const auto& effect : effects)
        if (const auto* one = std::get_if<miner::Send>(&effect)) say(one->message, out);
}

void Sv2Stranger::say(base::ByteView frame, std::string& out) {
    if (stream_->send(frame, out)) ++deeds_.lines;
}

std::chrono::milliseconds Sv2Stranger::on_lost(std::string_view, base::SteadyTime) {
    if (stream_) ++deeds_.closed;
    stream_.reset();
    client_.reset();
    due_ = never;
    return again_after_loss;
}

std::chrono::milliseconds Sv2Stranger::on_left(base::SteadyTime now) {
    const bool is_lost = !stream_;
    stream_.reset();
    client_.reset();
    due_ = never;
    if (is_lost) return again_after_loss;
    return std::max(
        std::chrono::duration_cast<std::chrono::milliseconds>(came_at_ + again_after_ - now), 0ms);
}

}  // namespace loadgen
