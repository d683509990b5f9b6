#include "loadgen/sv2_miner.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "noise/ellswift.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Firmware gives up on a pool that does not shake hands, or opens no channel.
constexpr auto setup_max = 60s;
// A pool that takes us and drops us at once is not to be hammered.
constexpr auto works_well_after = 5s;

/// Without its numbers, so that the kinds of texts are few.
std::string kind_of(std::string text) {
    for (auto& c : text)
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) c = '#';
    return text;
}

}  // namespace

Sv2Miner::Sv2Miner(Sv2Context& context, Sv2Plan plan, base::SteadyTime now)
    : context_(context),
      plan_(std::move(plan)),
      record_(context.statistics.miners.emplace_back()),
      watch_(context.gap_min),
      channels_(plan_.standard_channels + plan_.extended_channels) {
    record_.name = plan_.user;
    record_.is_steady = plan_.stays == 0ms;
    record_.hash_rate_hps = plan_.hash_rate_hps;
    record_.since = now;
    for (auto& channel : channels_) {
        if (plan_.keeps_jobs) channel.source.keep_jobs();
        if (plan_.avoids_blocks) channel.source.avoid_blocks();
    }
}

miner::Sv2ClientConfig Sv2Miner::client_config() const {
    return {.host = sent_to_ ? sent_to_->host : context_.host,
            .port = sent_to_ ? sent_to_->port : context_.port,
            .users = {plan_.user},
            .nominal_hash_rate_hps = plan_.nominal_hash_rate_hps,
            .standard_channels = plan_.standard_channels,
            .extended_channels = plan_.extended_channels,
            .min_extranonce_size = 4,
            .requires_standard_jobs = plan_.requires_standard_jobs,
            .firmware = "adit-loadgen"};
}

void Sv2Miner::on_connecting(base::SteadyTime now) {
    connecting_since_ = now;
    watch_.wants_work(now);
}

Peer::Wish Sv2Miner::on_connected(base::SteadyTime now, std::string& out) {
    setup_due_ = now + setup_max;
    if (plan_.stays > 0ms)
        leaves_at_ = now + until_next(1 / std::chrono::duration<double>(plan_.stays).count(),
                                      context_.random);
    stream_.emplace(context_.authority, noise::make_ephemeral_key(context_.keys));
    stream_->begin(out);
    return Wish::stay;
}

Peer::Wish Sv2Miner::on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) {
    using What = Sv2Stream::Taken::What;
    while (!over_) {
        const auto taken = stream_->take(bytes, context_.unix_seconds());
        if (!taken) {
            over_ = taken.error();
            break;
        }
        if (taken->what == What::nothing) break;
        if (taken->what == What::established) {
            connection_ = context_.journal.connected(miner::PoolProtocol::sv2);
            ++context_.statistics.connections;
            ++record_.connections;
            client_.emplace(client_config(), connection_);
            carry_out(client_->on_connected(now), now, out);
        } else {
            carry_out(client_->on_message(taken->frame, now), now, out);
        }
    }
    return after(now, out);
}

Peer::Wish Sv2Miner::after(base::SteadyTime now, std::string& out) {
    if (!over_ && plan_.in_flight > 0) fill(now, out);
    if (!over_) {
        note_work(now);
        return Wish::stay;
    }
    const auto reason = std::exchange(over_, std::nullopt);
    if (connection_ == 0) {
        ++context_.statistics.not_connected[*reason];
    } else {
        context_.journal.lost(connection_, *reason);
        ++context_.statistics.connections_lost;
        ++context_.statistics.lost_by_reason[*reason];
        if (!is_asked_) ++record_.lost;
    }
    end_connection(now, is_asked_);
    return Wish::leave;
}

void Sv2Miner::note_work(base::SteadyTime now) {
    const bool works = is_working();
    if (works == was_working_) return;
    was_working_ = works;
    if (!works) {
        without_work_since_ = now;
        watch_.wants_work(now);
        return;
    }
    setup_due_ = never;
    watch_.has_work(now);
    if (!worked_since_) {
        worked_since_ = now;
        context_.statistics.first_work.add(now - connecting_since_);
    }
    if (without_work_since_)
        context_.sv2.add_without_work(
            {.miner = plan_.user, .from = *without_work_since_, .to = now});
    without_work_since_.reset();
    if (!std::exchange(has_ever_worked_, true)) context_.statistics.note_first_work(now);
    if (reconnect_ && !context_.sv2.reconnects[*reconnect_].works_again)
        context_.sv2.reconnects[*reconnect_].works_again = now;
}

bool Sv2Miner::is_working() const {
    if (!client_ || client_->open_channels() == 0) return false;
    return std::ranges::all_of(channels_, [](const Channel& channel) {
        return channel.is_refused || channel.source.work();
    });
}

std::optional<base::SteadyTime> Sv2Miner::unanswered_since() const {
    return client_ ? client_->waiting_since() : std::nullopt;
}

struct Sv2Miner::Carrier {
    Sv2Miner& self;
    base::SteadyTime now;
    std::string& out;

    void operator()(const miner::Send& send) const {
        if (!self.stream_->send(send.message, out)) self.over_ = "the session is used up";
    }
    void operator()(miner::SetWork& set) const { self.on_work(std::move(set.work), now); }
    void operator()(const miner::ClearWork& clear) const {
        auto& channel = self.channels_[clear.channel];
        channel.source.clear();
        channel.rate = 0;
    }
    void operator()(const miner::ChannelOpened& opened) const {
        ++self.context_.sv2.channels_opened;
        self.context_.journal.channel_opened(opened.channel);
    }
    void operator()(const miner::ChannelRefused& refused) const {
        self.channels_[refused.channel].is_refused = true;
        ++self.context_.sv2.channels_refused[refused.error_code];
    }
    void operator()(const miner::ChannelClosed& closed) const { self.on_closed(closed); }
    void operator()(const miner::ShareSubmitted& submitted) const {
        self.context_.journal.share(submitted);
        ++self.unanswered_;
        ++self.counts(self.intent_).submitted;
        if (self.intent_ == Intent::honest)
            ++self.record_.shares.submitted;
        else
            self.bad_[{submitted.channel_id.value, submitted.sequence_number}] = self.intent_;
    }
    void operator()(const miner::SharesAccepted& accepted) const {
        self.on_accepted(accepted, now);
    }
    void operator()(const miner::ShareRejected& rejected) const { self.on_rejected(rejected, now); }
    void operator()(const miner::Warning& warning) const { self.odd(warning.text); }
    void operator()(const miner::Redirect& redirect) const {
        self.is_asked_ = true;
        if (!redirect.host.empty() || redirect.port != 0)
            self.sent_to_ =
                Place{.host = redirect.host.empty() ? self.client_config().host : redirect.host,
                      .port = redirect.port == 0 ? self.client_config().port : redirect.port};
    }
    void operator()(const miner::Disconnect& disconnect) const {
        if (!self.over_) self.over_ = disconnect.reason;
    }
    // Of no SV2 client without extensions.
    template <class Other>
    void operator()(const Other&) const {}
};

void Sv2Miner::carry_out(miner::Effects effects, base::SteadyTime now, std::string& out) {
    for (auto& effect : effects) std::visit(Carrier{*this, now, out}, effect);
}

void Sv2Miner::odd(std::string what) {
    ++context_.statistics.odd[kind_of(std::move(what))];
}

std::chrono::milliseconds Sv2Miner::on_lost(std::string_view reason, base::SteadyTime now) {
    std::string nothing;
    if (!over_) over_ = reason;
    is_asked_ = false;
    // Whoever sent us there does not know either.
    if (connection_ == 0) sent_to_.reset();
    after(now, nothing);
    return on_left(now);
}

void Sv2Miner::end_connection(base::SteadyTime now, bool is_asked) {
    if (connection_ != 0) {
        context_.sv2.reconnects.push_back({.at = now, .is_asked = is_asked});
        reconnect_ = context_.sv2.reconnects.size() - 1;
        if (worked_since_ && now - *worked_since_ > works_well_after) backoff_.worked();
        if (has_ever_worked_ && !without_work_since_) without_work_since_ = now;
        watch_.lost(is_asked ? std::nullopt : unanswered_since(), now);
    }
    give_up(unanswered_);
    connection_ = 0;
    stream_.reset();
    client_.reset();
    setup_due_ = leaves_at_ = share_due_ = never;
    worked_since_.reset();
    was_working_ = false;
    for (auto& channel : channels_) {
        channel.source.forget();
        channel.is_refused = false;
        channel.rate = 0;
    }
}

std::chrono::milliseconds Sv2Miner::on_left(base::SteadyTime now) {
    if (connection_ == 0)  // the connection ended, and not by the miner's wish
        return std::exchange(is_asked_, false) ? Backoff::asked(context_.random)
                                               : backoff_.lost(context_.random);
    context_.journal.lost(connection_, "left");
    end_connection(now, false);
    context_.sv2.reconnects.pop_back();
    reconnect_.reset();
    without_work_since_.reset();
    watch_.left();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        until_next(1 / std::chrono::duration<double>(plan_.away).count(), context_.random));
}

void Sv2Miner::on_end(base::SteadyTime now) {
    if (without_work_since_)
        context_.sv2.add_without_work(
            {.miner = plan_.user, .from = *without_work_since_, .to = now});
    watch_.finish(unanswered_since(), now);
    record_.gaps = watch_.gaps();
    record_.longest_gap = watch_.longest();
}

}  // namespace loadgen
