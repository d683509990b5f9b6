#pragma once

#include <map>
#include <string>

#include "bus/codec.h"
#include "channel-manager/judgement.h"
#include "mining/records_testing.h"

namespace channel_manager {

/// Templates that a test puts there.
class FakeTemplates final : public Templates {
  public:
    const mining::BlockTemplate* find(mining::TemplateRef ref) const override {
        const auto at = held_.find(ref);
        return at == held_.end() ? nullptr : &at->second;
    }
    void add(mining::BlockTemplate block_template) {
        held_[block_template.ref] = std::move(block_template);
    }
    void clear() { held_.clear(); }
    bool seek(mining::TemplateRef /*ref*/) const override {
        ++sought;
        return are_lost;
    }
    bool are_lost = false;
    mutable int sought = 0;

  private:
    std::map<mining::TemplateRef, mining::BlockTemplate> held_{};
};

/// A batch of `shares` different shares of one extended channel, every one of them good.
inline bus::Batch some_batch(std::uint64_t sequence, std::uint32_t shares) {
    bus::Batch batch;
    batch.epoch = mining::Epoch{3};
    batch.partition = bus::Partition{2};
    batch.sequence = sequence;
    const auto record = mining::some_record();
    batch.live_tips = {mining::some_template().tip.prev_hash};
    batch.channels = {{record.channel, record.kind, "miner.1", record.extranonce_size}};
    batch.outputs = {mining::some_outputs()};
    batch.jobs = {{0, record}};
    for (std::uint32_t i = 0; i < shares; ++i) {
        auto submitted = mining::some_share();
        submitted.sequence_number = i;
        submitted.nonce = static_cast<std::uint32_t>(sequence << 16) + i;
        batch.shares.push_back({0, submitted, ""});
    }
    return batch;
}

inline bus::ChannelOpen some_open() {
    bus::ChannelOpen open;
    open.key = mining::some_record().channel;
    open.kind = mining::ChannelKind::extended;
    open.user_identity = "miner.1";
    open.nominal_hash_rate = 1e12F;
    open.max_target = bitcoin::target_max();
    open.extranonce_size = 8;
    open.peer = "10.1.2.3:4567";
    open.channel_id = 1;
    return open;
}

inline OpenPolicy some_policy() {
    OpenPolicy policy;
    policy.payout.pool = mining::some_outputs();
    return policy;
}

/// The bytes in which a worker receives a batch.
inline std::string bytes_of(const bus::Batch& batch) {
    return bus::decode_to_worker(bus::encode(batch)).value().batch_bytes;
}

}  // namespace channel_manager
