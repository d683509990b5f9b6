// What becomes of miners' shares on the one channel.
#include "translator/aggregate_channels.h"

namespace translator {

std::optional<ShareTicket> AggregateChannels::submit(ChannelHandle channel,
                                                     const ChannelShare& share) {
    auto* slot = slots_.find(channel);
    if (slot == nullptr) return std::nullopt;
    auto* entry = jobs_.find(Slot::number_of(share.job_id));
    const auto target = slot->target_of(share.job_id);
    if (!handle_ || entry == nullptr || !target || !slot->index) {
        metrics_.shares(ShareFate::stale).add();
        return std::nullopt;
    }
    if (share.extranonce.size() + indices_.size() != entry->job.extranonce_size)
        return answer_here(*slot, Verdict::rejected, "bad-extranonce-size");
    rolled_.clear();
    indices_.append_to(rolled_, *slot->index);
    base::append(rolled_, share.extranonce);
    const auto hash = header_hash(*entry, share, rolled_);

    last_share_at_ = clock_.steady_now();
    if (const auto reason = slot->vardiff.share(vardiff_, hash, last_share_at_)) {
        metrics_.retargets(*reason).add();
        reissue_soon(*slot);
    }
    if (entry->job.target.is_met_by(hash)) return forward(*slot, *entry, share);
    if (target->is_met_by(hash)) {
        metrics_.shares(ShareFate::kept).add();
        return answer_here(*slot, Verdict::accepted, {});
    }
    metrics_.shares(ShareFate::low).add();
    return answer_here(*slot, Verdict::low, "difficulty-too-low");
}

std::optional<ShareTicket> AggregateChannels::forward(Slot& slot, const UpstreamJobs::Entry& entry,
                                                      const ChannelShare& share) {
    const auto upstream = upstream_.submit(*handle_, {.job_id = entry.job.id,
                                                      .nonce = share.nonce,
                                                      .ntime = share.ntime,
                                                      .version = share.version,
                                                      .extranonce = rolled_,
                                                      .worker = share.worker});
    if (!upstream) {
        metrics_.shares(ShareFate::stale).add();
        return std::nullopt;
    }
    metrics_.shares(ShareFate::forwarded).add();
    const ShareTicket ticket{++slot.last_ticket};
    if (const auto oldest = forwarded_.add({.upstream = *upstream,
                                            .miner = slot.handle,
                                            .ticket = ticket,
                                            .since = clock_.steady_now()}))
        give_up(*oldest);
    return ticket;
}

void AggregateChannels::give_up(const ForwardedShares::Share& share) {
    metrics_.verdicts_given_up.add();
    to_answer_.push_back({share.miner, share.ticket, Verdict::unknown, {}});
    want_turn();
}

ShareTicket AggregateChannels::answer_here(Slot& slot, Verdict verdict, std::string_view code) {
    const ShareTicket ticket{++slot.last_ticket};
    to_answer_.push_back({slot.handle, ticket, verdict, code});
    want_turn();
    return ticket;
}

void AggregateChannels::on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) {
    const auto share = forwarded_.take(ticket);
    if (!share) return;
    if (auto* slot = slots_.find(share->miner))
        slot->listener->on_verdict(share->ticket, verdict, code);
}

}  // namespace translator
