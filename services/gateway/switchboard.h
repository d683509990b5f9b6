#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bus/dispatcher.h"
#include "gateway/channel_keys.h"
#include "gateway/effects.h"
#include "gateway/metrics.h"
#include "gateway/session.h"
#include "gateway/share_sink.h"
#include "ledger/ban_list.h"

namespace gateway {

/// What flows between a gateway's connections and the workers, and in which order: shares and
/// events to the bus, outcomes back to the session that waits for them, templates and proposed
/// targets to every session that they concern. Exists once the pool has been joined; one thread.
///
/// Knows neither sockets nor ZeroMQ. Whoever owns it is the `Shell`, and has (a template's
/// parameter, because this is called for every share):
///
///     Connection* find(ConnectionId);           // null when it is gone
///     void for_each(act);                       // act(Connection&), of all that mine
///     bool send(worker, frame);                 // false: there is no such worker
///     std::optional<bitcoin::Target> proposed(mining::ChannelKey);
///     void forget(mining::ChannelKey);          // it is closed
///     void answered(const bus::Batch&);         // the ledger has it
///     void fenced(const std::string& reason);   // the gateway must stop serving
///
/// and a Connection has id(), session(), act(), flush() and is_backed_up() as Connection does.
template <class Shell>
class Switchboard {
  public:
    struct Parts {
        Shell& shell;
        const base::Clock& clock;
        Metrics& metrics;
        const ledger::BanList& bans;
    };
    Switchboard(const Parts& parts, const bus::DispatcherSettings& settings)
        : parts_(parts), keys_(settings.epoch), dispatcher_(settings) {}

    ChannelKeys& keys() { return keys_; }
    bus::Dispatcher& dispatcher() { return dispatcher_; }
    const bus::Dispatcher& dispatcher() const { return dispatcher_; }
    mining::Epoch epoch() const { return dispatcher_.settings().epoch; }

    bus::Partition partition_of(ConnectionId connection) const {
        return bus::partition_of(epoch(), connection.value, dispatcher_.settings().partitions);
    }
    /// The connection that has this channel, or asked for it; null when there is none (any more).
    auto* connection_of(mining::ChannelKey channel) {
        const auto found = connections_by_key_.find(channel.value);
        return found == connections_by_key_.end() ? nullptr : parts_.shell.find(found->second);
    }

    /// What one connection wants judged and written down: the shares, then the events.
    void take(ConnectionId connection, bus::Partition partition, const Effects& effects);
    /// The work book has a new template. Every session that mines gets its jobs before anything
    /// else happens. One that reads too slowly misses jobs of the same tip, never the tip.
    void on_template(const bitcoin::BlockHash& tip, Session::TemplateChange change,
                     base::SteadyTime arrived_at);
    /// Vardiff proposes a target for one channel, or (key 0) for all. It waits while there is no
    /// room to write it down: vardiff goes on deciding, and starts anew, whether Redis takes it or
    /// not.
    void on_proposal(mining::ChannelKey channel, const bitcoin::Target& target);
    /// Closes the channels of who has been banned meanwhile.
    void close_banned_channels();
    /// Sends what may be sent, and hands out what came: to be called once after each turn of the
    /// loop, and at the dispatcher's next_flush_at().
    void flush();

  private:
    Session::IsBanned banned_identity() const {
        return [this, now = parts_.clock.unix_now()](std::string_view user_identity) {
            return parts_.bans.find(user_identity, now) != nullptr;
        };
    }
    void propose(mining::ChannelKey channel, const bitcoin::Target& target);
    void propose_what_waited();
    void on_done(const bus::Dispatcher::Done& done);
    void hand_out_verdicts(const bus::Batch& batch, const bus::Result& result);
    void on_open(const bus::OpenOutcome& open);
    void count(const bus::Verdict& verdict, base::UnixMicros received_at, base::UnixMicros now);

    Parts parts_;
    ChannelKeys keys_;
    bus::Dispatcher dispatcher_;
    boost::unordered_flat_map<std::uint64_t, ConnectionId> connections_by_key_{};
    std::vector<ConnectionId> touched_{};
    // The last proposal of each channel whose partition had no room for it.
    std::map<std::uint64_t, bitcoin::Target> proposals_waiting_{};
};

template <class Shell>
void Switchboard<Shell>::take(ConnectionId connection, bus::Partition partition,
                              const Effects& effects) {
    const auto now = parts_.clock.steady_now();
    for (const auto& share : effects.shares)
        dispatcher_.add_share(partition,
                              {*share.channel, share.job, *share.outputs, share.custom_job},
                              share.share, std::string{share.worker}, now);
    for (const auto& event : effects.events) {
        if (const auto* open = std::get_if<bus::ChannelOpen>(&event)) {
            connections_by_key_[open->key.value] = connection;
        } else if (const auto* close = std::get_if<bus::ChannelClose>(&event)) {
            connections_by_key_.erase(close->key.value);
            parts_.shell.forget(close->key);
        }
        dispatcher_.add_event(partition, connection.value, event, now);
    }
}

template <class Shell>
void Switchboard<Shell>::on_template(const bitcoin::BlockHash& tip, Session::TemplateChange change,
                                     base::SteadyTime arrived_at) {
    const bool is_new_tip = change == Session::TemplateChange::new_tip;
    auto& metrics = parts_.metrics;
    if (is_new_tip) dispatcher_.set_tip(tip, arrived_at);
    parts_.shell.for_each([&](auto& connection) {
        if (!is_new_tip && connection.is_backed_up()) return metrics.jobs_skipped.add();
        const bool mines = connection.session()->channels() != 0;
        connection.act(
            [&](Session& session, Effects& effects) { session.on_template(change, effects); });
        if (!is_new_tip) return;
        connection.flush();
        if (mines) metrics.new_block.sent(parts_.clock.steady_now() - arrived_at);
    });
    if (is_new_tip) metrics.new_block.done();
}

template <class Shell>
void Switchboard<Shell>::on_proposal(mining::ChannelKey channel, const bitcoin::Target& target) {
    if (channel.value == 0) {
        parts_.shell.for_each([&](auto& connection) {
            connection.act([&](Session& session, Effects& effects) {
                session.on_proposal_for_all(target, effects);
            });
        });
    } else {
        propose(channel, target);
    }
}

template <class Shell>
void Switchboard<Shell>::propose(mining::ChannelKey channel, const bitcoin::Target& target) {
    auto* connection = connection_of(channel);
    if (connection == nullptr) return;
    if (dispatcher_.is_full(partition_of(connection->id()))) {
        proposals_waiting_.insert_or_assign(channel.value, target);
        return;
    }
    proposals_waiting_.erase(channel.value);
    connection->act(
        [&](Session& session, Effects& effects) { session.on_proposal(channel, target, effects); });
}

template <class Shell>
void Switchboard<Shell>::propose_what_waited() {
    for (const auto& [key, target] : std::exchange(proposals_waiting_, {})) propose({key}, target);
}

template <class Shell>
void Switchboard<Shell>::close_banned_channels() {
    if (!parts_.bans.has_identities()) return;
    parts_.shell.for_each([this](auto& connection) {
        connection.act([this](Session& session, Effects& effects) {
            session.close_channels_of(banned_identity(), effects);
        });
    });
}

template <class Shell>
void Switchboard<Shell>::flush() {
    dispatcher_.flush(parts_.clock.steady_now());
    for (auto effects = dispatcher_.take_effects(); !effects.empty();
         effects = dispatcher_.take_effects()) {
        for (const auto& effect : effects) {
            if (const auto* send = std::get_if<bus::Dispatcher::Send>(&effect)) {
                if (!parts_.shell.send(send->worker, send->frame))
                    dispatcher_.on_unreachable(send->worker, parts_.clock.steady_now());
            } else if (const auto* done = std::get_if<bus::Dispatcher::Done>(&effect)) {
                on_done(*done);
            } else {
                parts_.shell.fenced(std::get<bus::Dispatcher::Fenced>(effect).reason);
            }
        }
        dispatcher_.flush(parts_.clock.steady_now());
    }
    if (!proposals_waiting_.empty()) propose_what_waited();
}

/// The ledger has the batch: its shares are answered, its channels opened.
template <class Shell>
void Switchboard<Shell>::on_done(const bus::Dispatcher::Done& done) {
    const auto& [batch, result] = done;
    parts_.shell.answered(batch);
    hand_out_verdicts(batch, result);
    for (const auto& change : result.outputs_changes)
        if (auto* connection = connection_of(change.key))
            connection->act([&](Session& session, Effects& effects) {
                session.on_outputs_change(change, effects);
            });
    for (const auto& open : result.opens) on_open(open);
}

template <class Shell>
void Switchboard<Shell>::hand_out_verdicts(const bus::Batch& batch, const bus::Result& result) {
    touched_.clear();
    const auto now = parts_.clock.unix_now();
    for (std::size_t i = 0; i < batch.shares.size(); ++i) {
        const auto& share = batch.shares[i];
        const auto& verdict = result.verdicts[i];
        const auto key = batch.jobs[share.job].record.channel;
        if (verdict.solves_block) parts_.metrics.blocks_found.add();
        if (share.submitted.state == mining::JobState::closed) continue;
        count(verdict, share.submitted.received_at, now);
        auto* connection = connection_of(key);
        if (connection == nullptr) continue;  // the miner is gone; the ledger has its share
        if (touched_.empty() || touched_.back() != connection->id())
            touched_.push_back(connection->id());
        connection->act([&](Session& session, Effects& effects) {
            session.on_verdict(key, share.submitted.sequence_number, verdict, effects);
        });
    }
    std::ranges::sort(touched_);
    touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
    for (const auto id : touched_)
        if (auto* connection = parts_.shell.find(id))
            connection->act([&](Session& session, Effects& effects) {
                session.on_verdicts_end(parts_.clock.steady_now(), effects);
            });
    // A channel takes as long to open as ten shares to answer.
    if (!result.opens.empty())
        for (const auto id : touched_)
            if (auto* connection = parts_.shell.find(id)) connection->flush();
}

template <class Shell>
void Switchboard<Shell>::on_open(const bus::OpenOutcome& open) {
    const auto found = connections_by_key_.find(open.key.value);
    if (found == connections_by_key_.end()) return;
    const auto proposed = parts_.shell.proposed(open.key);
    if (auto* connection = parts_.shell.find(found->second))
        connection->act([&](Session& session, Effects& effects) {
            session.on_open_outcome(open, effects);
            // The worker may not know yet.
            if (parts_.bans.has_identities())
                session.close_channel_of(open.key, banned_identity(), effects);
            if (proposed) session.on_proposal(open.key, *proposed, effects);
        });
    if (!open.error_code.empty()) connections_by_key_.erase(open.key.value);
}

template <class Shell>
void Switchboard<Shell>::count(const bus::Verdict& verdict, base::UnixMicros received_at,
                               base::UnixMicros now) {
    auto& metrics = parts_.metrics;
    if (verdict.error) return metrics.rejected_shares(*verdict.error).add();
    metrics.accepted_shares.add();
    metrics.accepted_difficulty.add(verdict.difficulty.to_double());
    const std::chrono::duration<double> took = now - received_at;
    metrics.share_ack_seconds.observe(took.count());
}

}  // namespace gateway
