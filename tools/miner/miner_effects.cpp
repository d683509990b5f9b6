#include <fmt/format.h>

#include "miner/miner.h"

namespace miner {
namespace {

constexpr std::uint64_t warnings_max = 20;

// What a refusal counts as.
std::string refusal_of(const ShareAnswered& answered) {
    if (!answered.code && answered.text.empty()) return "refused";
    return fmt::format("{} {}", answered.code.value_or(0), answered.text);
}

}  // namespace

struct Miner::Carrier {
    Miner& miner;
    Connection& connection;

    void operator()(const Send& send) const {
        if (auto failed = connection.send(send.message); failed && !miner.lost_)
            miner.lost_ = failed;
    }
    void operator()(SetWork& set) const {
        const auto channel = set.work.channel;
        miner.hashers_.set_work(channel, std::make_shared<const Work>(std::move(set.work)));
    }
    void operator()(const ClearWork& clear) const {
        miner.hashers_.set_work(clear.channel, nullptr);
    }
    void operator()(const ChannelOpened& opened) const {
        miner.statistics_.channel_opened();
        miner.journal_.channel_opened(opened);
    }
    void operator()(const ChannelRefused& refused) const {
        miner.statistics_.channel_refused(refused.error_code);
        miner.say(fmt::format("channel {} was refused: {}", refused.channel, refused.error_code));
    }
    void operator()(const ChannelClosed& closed) const {
        miner.statistics_.channel_closed(closed);
        miner.journal_.channel_closed(miner.connection_, closed);
        miner.say(fmt::format("the pool closed channel {}: {}", closed.channel_id.value,
                              closed.reason_code));
    }
    void operator()(const ShareSubmitted& submitted) const {
        miner.journal_.share(submitted);
        miner.statistics_.share_submitted(submitted.share);
    }
    void operator()(const SharesAccepted& accepted) const {
        miner.journal_.accepted(miner.connection_, accepted);
        miner.statistics_.shares_accepted(accepted.answer.new_submits_accepted_count,
                                          accepted.answer.new_shares_sum, accepted.waited);
    }
    void operator()(const ShareRejected& rejected) const {
        miner.journal_.rejected(miner.connection_, rejected);
        miner.statistics_.share_rejected(rejected.error_code);
    }
    void operator()(const ExtensionsUnanswered&) const {
        // Once more, then without (extension 0x0001).
        if (++miner.unanswered_ == 2) miner.sv2_config_.worker.clear();
    }
    void operator()(const Subscribed& subscribed) const {
        miner.journal_.subscribed(miner.connection_, subscribed);
        if (subscribed.is_resumed) miner.statistics_.session_resumed();
    }
    void operator()(const Authorized& authorized) const {
        miner.statistics_.channel_opened();
        miner.journal_.authorized(miner.connection_, authorized);
    }
    void operator()(const ExtranonceSet& set) const {
        miner.journal_.extranonce_set(miner.connection_, set);
    }
    void operator()(const JobReceived& job) const { miner.journal_.job(miner.connection_, job); }
    void operator()(const ShareSent& sent) const {
        miner.journal_.submit(sent);
        miner.statistics_.share_submitted(sent.share);
    }
    void operator()(const ShareAnswered& answered) const {
        miner.journal_.answer(miner.connection_, answered);
        if (answered.is_accepted)
            miner.statistics_.shares_accepted(1, 0, {answered.waited});
        else
            miner.statistics_.share_rejected(refusal_of(answered));
    }
    void operator()(const Warning& warning) const {
        if (++miner.warnings_ <= warnings_max) miner.say("warning: " + warning.text);
    }
    void operator()(const Redirect& redirect) const {
        miner.address_ = miner.address_.moved_to(redirect.host, redirect.port);
        miner.wait_ = redirect.wait;
    }
    void operator()(const Disconnect& disconnect) const {
        if (!miner.lost_) miner.lost_ = disconnect.reason;
        miner.is_refused_ = disconnect.is_refusal;
    }
};

void Miner::carry_out(Effects effects, Connection& connection) {
    for (auto& effect : effects) std::visit(Carrier{*this, connection}, effect);
    if (auto failed = connection.flush(); failed && !lost_) lost_ = failed;
}

}  // namespace miner
