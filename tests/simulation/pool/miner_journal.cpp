#include "simulation/pool/miner_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace simulation {

void MinerJournal::opened(const miner::ChannelOpened& opened) {
    const auto& channel = opened.channel;
    open_[{channel.connection, channel.id.value}] = channels_.size();
    auditor::JournalChannel kept;
    kept.name =
        fmt::format("{} connection {} channel {}", name_, channel.connection, channel.id.value);
    kept.key = mining::ChannelKey::from_bytes(std::span{channel.extranonce_prefix}.first<8>());
    channels_.push_back(std::move(kept));
}

void MinerJournal::submitted(const miner::ShareSubmitted& submitted) {
    const auto& share = submitted.share;
    find(share.connection, submitted.channel_id)
        .shares.push_back({.sequence_number = submitted.sequence_number,
                           .nonce = share.header.nonce,
                           .ntime = share.header.ntime,
                           .version = share.header.version,
                           .nbits = share.header.nbits,
                           .prev_hash = share.header.prev_hash,
                           .hash = share.hash,
                           .has_header = true});
}

void MinerJournal::accepted(std::uint64_t connection, const miner::SharesAccepted& accepted) {
    auto& channel = find(connection, accepted.answer.channel_id);
    channel.has_success = true;
    channel.last_sequence_number =
        std::max(channel.last_sequence_number, accepted.answer.last_sequence_number);
    channel.accepted_count += accepted.answer.new_submits_accepted_count;
    channel.accepted_sum += accepted.answer.new_shares_sum;
}

void MinerJournal::rejected(std::uint64_t connection, const miner::ShareRejected& rejected) {
    find(connection, rejected.channel_id)
        .rejected.emplace(rejected.sequence_number, rejected.error_code);
}

}  // namespace simulation
