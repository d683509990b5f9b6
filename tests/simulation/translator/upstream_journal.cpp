#include "simulation/translator/upstream_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sv2/codec.h"
#include "sv2/dispatch.h"
#include "sv2/extension_messages.h"

namespace simulation {
namespace {

constexpr auto any_number = std::numeric_limits<std::uint32_t>::max();

/// Calls `act` where the frame is such a message.
template <class M, class Act>
void on_message(const sv2::FrameHeader& header, base::ByteView payload, const Act& act) {
    if (header.message_type != M::info.message_type ||
        header.extension_type != M::info.extension_type())
        return;
    if (const auto decoded = sv2::decode_with_tlvs<M>(payload)) act(decoded->message);
}

}  // namespace

void UpstreamJournal::Connection::on_sent(base::ByteView frames) {
    while (frames.size() >= sv2::frame_header_size) {
        const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
        const auto payload = frames.subspan(sv2::frame_header_size, header.payload_size);
        on_message<sv2::SubmitSharesExtended>(header, payload,
                                              [this](const auto& share) { on_share(share); });
        on_message<sv2::CloseChannel>(header, payload,
                                      [this](const auto& close) { on_closed(close.channel_id); });
        frames = frames.subspan(sv2::frame_header_size + header.payload_size);
    }
}

void UpstreamJournal::Connection::on_received(const sv2::FrameHeader& header,
                                              base::ByteView payload) {
    on_message<sv2::RequestExtensionsSuccess>(header, payload,
                                              [this](const auto&) { tells_workers_ = true; });
    on_message<sv2::OpenExtendedMiningChannelSuccess>(
        header, payload, [this](const auto& opened) { on_opened(opened); });
    on_message<sv2::NewExtendedMiningJob>(header, payload, [this](const auto& job) {
        coinbase_prefixes_[job.job_id.value] = base::to_bytes(job.coinbase_tx_prefix);
    });
    on_message<sv2::SetTarget>(header, payload, [this](const auto& set) {
        on_target(set.channel_id, set.maximum_target);
    });
    on_message<sv2::SubmitSharesSuccess>(header, payload,
                                         [this](const auto& answer) { on_accepted(answer); });
    on_message<sv2::SubmitSharesError>(header, payload,
                                       [this](const auto& answer) { on_rejected(answer); });
    on_message<sv2::CloseChannel>(header, payload,
                                  [this](const auto& close) { on_closed(close.channel_id); });
}

void UpstreamJournal::Connection::on_opened(const sv2::OpenExtendedMiningChannelSuccess& opened) {
    auditor::JournalChannel channel;
    channel.key = mining::ChannelKey::from_bytes(opened.extranonce_prefix.first<8>());
    channel.name = fmt::format("{} channel {:016x}", journal_.name_, channel.key.value);
    open_[opened.channel_id.value] = journal_.channels_.size();
    journal_.open_.insert(channel.key);
    if (tells_workers_) journal_.tells_workers_.insert(channel.key);
    journal_.channels_.push_back(std::move(channel));
    on_target(opened.channel_id, opened.target);
}

void UpstreamJournal::Connection::on_target(sv2::ChannelId id, const sv2::U256& told) {
    const auto open = open_.find(id.value);
    if (open == open_.end()) return;
    const bitcoin::Target target{bitcoin::Uint256::from_bytes(told)};
    const auto [hardest, is_new] =
        journal_.hardest_.try_emplace(journal_.channels_[open->second].key, target);
    hardest->second = std::min(hardest->second, target);
}

/// Of a job that is not known the channel alone.
auditor::LedgerJob UpstreamJournal::Connection::job_of(const sv2::SubmitSharesExtended& share,
                                                       mining::ChannelKey key) const {
    const auto prefix = coinbase_prefixes_.find(share.job_id.value);
    if (prefix == coinbase_prefixes_.end()) return {.channel = key};
    auto begin = prefix->second;
    base::append(begin, key.to_bytes());
    return auditor::ledger_job_of(begin).value_or(auditor::LedgerJob{.channel = key});
}

void UpstreamJournal::Connection::on_share(const sv2::SubmitSharesExtended& share) {
    const auto channel = open_.find(share.channel_id.value);
    if (channel == open_.end()) return;
    const auto now = journal_.world_.now();
    const auto usual = times_.ninth_of_ten();
    undecided_.push_back(journal_.shares_.size());
    journal_.shares_.push_back(
        {.name = {.job = job_of(share, journal_.channels_[channel->second].key),
                  .rolled = base::to_bytes(share.extranonce),
                  .nonce = share.nonce,
                  .ntime = share.ntime,
                  .version = share.version},
         .channel = channel->second,
         .sequence_number = share.sequence_number,
         .sent_at = now,
         .was_pool_slow = usual && *usual > journal_.answer_within_,
         .decided_at = {},
         .is_lost = false});
    journal_.by_name_.emplace(journal_.shares_.back().name, undecided_.back());
}

void UpstreamJournal::Connection::decide(std::size_t channel, std::uint32_t first,
                                         std::uint32_t last, Decision decision) {
    const auto now = journal_.world_.now();
    std::erase_if(undecided_, [&](std::size_t place) {
        auto& share = journal_.shares_[place];
        if (share.channel != channel || share.sequence_number < first ||
            share.sequence_number > last)
            return false;
        share.decided_at = now;
        share.is_lost = decision == Decision::lost;
        if (!share.is_lost) times_.add(now - share.sent_at);
        return true;
    });
}

void UpstreamJournal::Connection::on_accepted(const sv2::SubmitSharesSuccess& accepted) {
    const auto open = open_.find(accepted.channel_id.value);
    if (open == open_.end()) return;
    auto& channel = journal_.channels_[open->second];
    channel.has_success = true;
    channel.last_sequence_number =
        std::max(channel.last_sequence_number, accepted.last_sequence_number);
    channel.accepted_count += accepted.new_submits_accepted_count;
    channel.accepted_sum += accepted.new_shares_sum;
    // Those of a batch that were not accepted have been answered before.
    decide(open->second, 0, accepted.last_sequence_number, Decision::answered);
}

void UpstreamJournal::Connection::on_rejected(const sv2::SubmitSharesError& rejected) {
    const auto open = open_.find(rejected.channel_id.value);
    if (open == open_.end()) return;
    journal_.channels_[open->second].rejected.emplace(rejected.sequence_number,
                                                      std::string{rejected.error_code});
    decide(open->second, rejected.sequence_number, rejected.sequence_number, Decision::answered);
}

void UpstreamJournal::Connection::on_closed(sv2::ChannelId id) {
    const auto open = open_.find(id.value);
    if (open == open_.end()) return;
    decide(open->second, 0, any_number, Decision::lost);
    journal_.ends_.push_back(journal_.world_.now());
    journal_.open_.erase(journal_.channels_[open->second].key);
    open_.erase(open);
}

void UpstreamJournal::Connection::on_end() {
    if (std::exchange(has_ended_, true)) return;
    journal_.ends_.push_back(journal_.world_.now());
    while (!open_.empty()) on_closed(sv2::ChannelId{open_.begin()->first});
}

bool UpstreamJournal::has_undecided() const {
    return std::ranges::any_of(shares_, [](const Share& share) { return !share.decided_at; });
}

bool UpstreamJournal::was_accepted(const Share& share) const {
    return channels_[share.channel].is_acknowledged({.sequence_number = share.sequence_number});
}

bool UpstreamJournal::may_be_answered_alone(const ShareName& name, base::SteadyTime from,
                                            base::SteadyTime to) const {
    const auto [first, last] = by_name_.equal_range(name);
    // What was about to leave goes with its connection.
    if (first == last)
        return std::ranges::any_of(ends_, [&](auto end) { return from <= end && end <= to; });
    return std::any_of(first, last, [&](const auto& entry) {
        const auto& share = shares_[entry.second];
        if (!share.decided_at || share.is_lost) return true;
        if (was_accepted(share)) return false;
        return share.was_pool_slow || *share.decided_at - share.sent_at >= answer_within_;
    });
}

bool UpstreamJournal::may_be_kept(const ShareName& name, const bitcoin::BlockHash& hash) const {
    const auto hardest = hardest_.find(name.job.channel);
    return hardest != hardest_.end() && !hardest->second.is_met_by(hash) &&
           !by_name_.contains(name);
}

std::vector<auditor::JournalChannel> UpstreamJournal::channels(const HeaderOf& header_of) const {
    auto channels = channels_;
    for (const auto& share : shares_) {
        auto submitted = header_of(share.name);
        submitted.sequence_number = share.sequence_number;
        submitted.nonce = share.name.nonce;
        submitted.ntime = share.name.ntime;
        submitted.version = share.name.version;
        channels[share.channel].shares.push_back(submitted);
    }
    return channels;
}

}  // namespace simulation
