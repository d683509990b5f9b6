#pragma once

#include <cstdint>
#include <string>

#include "share_log/record.h"
#include "vardiff/channel_book.h"

namespace vardiff::testing {

inline constexpr mining::Epoch epoch{7};

inline mining::ChannelKey key(std::uint32_t counter = 1, mining::Epoch of = epoch) {
    return mining::ChannelKey::of(of, counter).value();
}

/// The target of which one takes so many hashes.
inline bitcoin::Target of_hashes(double hashes) {
    return bitcoin::target_for_hash_rate(hashes, 60).value();
}

/// A record as a channel-manager writes it, made step by step.
class RecordMaker {
  public:
    explicit RecordMaker(mining::Epoch of = epoch) { record.batch.epoch = of; }

    RecordMaker& open(mining::ChannelKey channel, float nominal, const bitcoin::Target& target,
                      const bitcoin::Target& max_target = bitcoin::target_max(),
                      std::string error = {}) {
        event(bus::ChannelOpen{.key = channel,
                               .kind = mining::ChannelKind::extended,
                               .user_identity = "alice.rig1",
                               .nominal_hash_rate = nominal,
                               .max_target = max_target});
        record.result.opens.push_back(
            {.key = channel, .error_code = std::move(error), .target = target, .outputs = {}});
        return *this;
    }
    RecordMaker& event(bus::EventBody body) {
        record.batch.events.push_back(
            {static_cast<std::uint32_t>(record.batch.shares.size()), std::move(body)});
        return *this;
    }
    /// A share whose hash meets `met` just so, of a job of target `job`.
    RecordMaker& share(mining::ChannelKey channel, base::UnixMicros at, const bitcoin::Target& job,
                       const bitcoin::Target& met, std::optional<mining::ShareError> error = {}) {
        record.batch.channels.push_back({channel, mining::ChannelKind::extended, "alice.rig1", 8});
        record.batch.jobs.push_back(
            {static_cast<std::uint32_t>(record.batch.channels.size() - 1), {}});
        record.batch.jobs.back().record.channel = channel;
        record.batch.jobs.back().record.target = job;
        bus::Share share{.job = static_cast<std::uint32_t>(record.batch.jobs.size() - 1),
                         .submitted = {},
                         .worker = {}};
        share.submitted.received_at = at;
        record.batch.shares.push_back(share);
        record.result.verdicts.push_back({.error = error, .difficulty = {}, .solves_block = false});
        record.hashes.emplace_back(bitcoin::BlockHash{met.value});
        return *this;
    }

    share_log::Record record{};
};

}  // namespace vardiff::testing
