#include "translator/pool_connection.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace translator {

PoolConnection::PoolConnection(boost::asio::io_context& loop, const base::Clock& clock,
                               JobCounter& counter, PoolClient::Settings settings,
                               PoolAddress address, Owner& owner)
    : loop_(loop),
      clock_(clock),
      address_(std::move(address)),
      owner_(owner),
      client_(std::move(settings), counter, clock.steady_now()),
      dialled_at_(clock.steady_now()) {}

void PoolConnection::dial(PoolDialer& dialer) {
    const auto weak = weak_from_this();
    link_ = dialer.dial(address_,
                        {.on_open =
                             [weak] {
                                 const auto self = weak.lock();
                                 if (!self || self->is_over_) return;
                                 self->was_connected_ = true;
                                 self->client_.on_connected(self->effects_);
                                 self->settle();
                             },
                         .on_frame =
                             [weak](const sv2::FrameHeader& header, base::ByteView payload) {
                                 const auto self = weak.lock();
                                 if (!self || self->is_over_) return;
                                 self->client_.on_frame(header, payload, self->clock_.steady_now(),
                                                        self->effects_);
                                 self->settle();
                             },
                         .on_closed =
                             [weak](std::string_view reason, std::string why) {
                                 if (const auto self = weak.lock())
                                     self->finish(reason, std::nullopt, std::move(why));
                             }});
}

void PoolConnection::on_tick(base::SteadyTime now) {
    if (is_over_) return;
    if (link_) link_->check(now);
    client_.on_tick(now, effects_);
    settle();
}

void PoolConnection::end(std::string_view reason, std::string why) {
    if (!is_over_ && link_ && !effects_.frames.empty()) {
        link_->send(effects_.frames);
        effects_.frames.clear();
    }
    finish(reason, std::nullopt, std::move(why));
}

void PoolConnection::drop() {
    if (std::exchange(is_over_, true)) return;
    if (link_ && !effects_.frames.empty()) link_->send(effects_.frames);
    link_.reset();
}

void PoolConnection::finish(std::string_view reason, std::optional<PoolFailure::Kind> failure,
                            std::string why) {
    if (std::exchange(is_over_, true)) return;
    const auto self = shared_from_this();
    link_.reset();
    client_.on_end(clock_.steady_now(), effects_);
    tell_events();
    owner_.on_over(*this, reason, failure, std::move(why));
}

void PoolConnection::settle_soon() {
    if (std::exchange(is_settling_soon_, true)) return;
    boost::asio::post(loop_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->is_settling_soon_ = false;
        if (!self->is_over_) self->settle();
    });
}

void PoolConnection::settle() {
    const auto self = shared_from_this();
    if (!effects_.frames.empty()) {
        link_->send(effects_.frames);
        effects_.frames.clear();
    }
    tell_events();
    if (is_over_) return;
    if (const auto elsewhere = std::exchange(effects_.reconnect, std::nullopt))
        owner_.on_reconnect(*this, *elsewhere);
    if (auto failure = std::exchange(effects_.failure, std::nullopt))
        finish(failure_name(failure->kind), failure->kind, std::move(failure->why));
}

/// Whoever is told may ask for more, which is for a later turn.
void PoolConnection::tell_events() {
    auto telling = std::exchange(effects_.events, std::move(spare_));
    for (auto& event : telling) {
        if (std::holds_alternative<pool_event::SetUp>(event)) ready_since_ = clock_.steady_now();
        owner_.on_event(*this, std::move(event));
    }
    telling.clear();
    spare_ = std::move(telling);
}

void PoolConnection::open(const PoolClient::Open& open) {
    client_.open(open, clock_.steady_now(), effects_);
    settle_soon();
}

void PoolConnection::update(sv2::ChannelId id, double nominal_hash_rate_hps,
                            const bitcoin::Target& max_target) {
    client_.update(id, nominal_hash_rate_hps, max_target, effects_);
    settle_soon();
}

void PoolConnection::close(sv2::ChannelId id, std::string_view reason) {
    client_.close(id, reason, clock_.steady_now(), effects_);
    settle_soon();
}

bool PoolConnection::submit(sv2::ChannelId id, const ChannelShare& share, ShareTicket ticket) {
    const bool is_sent = client_.submit(id, share, ticket, clock_.steady_now(), effects_);
    if (is_sent) settle_soon();
    return is_sent;
}

}  // namespace translator
