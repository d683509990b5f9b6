#include "share_log/sums.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace share_log {
namespace {

template <class Int>
std::optional<Int> take_number(std::string_view& text) {
    Int value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) {
        if (text.front() != ' ' || text.size() == 1) return std::nullopt;
        text.remove_prefix(1);
    }
    return value;
}

Sums sums_of(const bus::Verdict& verdict, base::UnixMicros received_at) {
    Sums sums;
    if (verdict.error) {
        sums.rejected[static_cast<std::size_t>(*verdict.error)] = 1;
    } else {
        sums.accepted = 1;
        sums.credited += verdict.difficulty;
    }
    sums.blocks = verdict.solves_block ? 1 : 0;
    sums.last_share_at = received_at;
    return sums;
}

}  // namespace

Sums& Sums::operator+=(const Sums& more) {
    accepted += more.accepted;
    credited += more.credited;
    for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i] += more.rejected[i];
    blocks += more.blocks;
    last_share_at = std::max(last_share_at, more.last_share_at);
    return *this;
}

std::uint64_t Sums::rejected_shares() const {
    return std::accumulate(rejected.begin(), rejected.end(), std::uint64_t{0});
}

std::string encode_sums(const Sums& sums) {
    std::string text = std::to_string(sums.accepted);
    const auto add_number = [&text](auto number) { text += ' ' + std::to_string(number); };
    add_number(sums.credited.high);
    add_number(sums.credited.low);
    add_number(sums.blocks);
    add_number(sums.last_share_at.time_since_epoch().count());
    for (const auto count : sums.rejected) add_number(count);
    return text;
}

std::optional<Sums> decode_sums(std::string_view text) {
    Sums sums;
    const auto accepted = take_number<std::uint64_t>(text);
    const auto high = take_number<std::uint64_t>(text);
    const auto low = take_number<std::uint64_t>(text);
    const auto blocks = take_number<std::uint64_t>(text);
    const auto last = take_number<std::int64_t>(text);
    if (!accepted || !high || !low || !blocks || !last) return std::nullopt;
    sums.accepted = *accepted;
    sums.credited = {.low = *low, .high = *high};
    sums.blocks = *blocks;
    sums.last_share_at = base::UnixMicros{std::chrono::microseconds{*last}};
    for (auto& count : sums.rejected) {
        const auto number = take_number<std::uint64_t>(text);
        if (!number) return std::nullopt;
        count = *number;
    }
    if (!text.empty()) return std::nullopt;
    return sums;
}

Miner miner_of(std::string_view user_identity, std::string_view worker_of_share) {
    const auto dot = std::min(user_identity.find('.'), user_identity.size());
    Miner miner;
    miner.identity = user_identity.substr(0, dot);
    if (!worker_of_share.empty())
        miner.worker = worker_of_share;
    else if (dot < user_identity.size())
        miner.worker = user_identity.substr(dot + 1);
    return miner;
}

std::string identity_name(const Miner& miner) {
    return std::string{other_identities} + miner.identity;
}
std::string worker_name(const Miner& miner) {
    return std::string{other_workers} + miner.identity + '.' + miner.worker;
}

void add(Additions& additions, const Record& record) {
    const auto& batch = record.batch;
    for (std::size_t i = 0; i < batch.shares.size(); ++i) {
        const auto& share = batch.shares[i];
        const auto& job = batch.jobs[share.job];
        const auto sums = sums_of(record.result.verdicts[i], share.submitted.received_at);
        const auto miner = miner_of(batch.channels[job.channel].user_identity, share.worker);
        additions.names[identity_name(miner)] += sums;
        if (!miner.worker.empty()) additions.names[worker_name(miner)] += sums;
        additions.channels[job.record.channel] += sums;
    }
}

}  // namespace share_log
