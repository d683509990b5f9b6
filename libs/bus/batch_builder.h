#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "bus/batch.h"

namespace bus {

/// All that a share is judged by, as the gateway holds it; borrowed for the length of one call.
struct ShareContext {
    const Channel& channel;
    const mining::JobRecord& job;
    /// Those whose id the job has.
    const mining::PayoutOutputs& outputs;
    /// The one that the job names, if it names one.
    const mining::CustomJob* custom_job{};
};

/// Fills one batch: channels, outputs and jobs stand in it once, however many shares name them.
class BatchBuilder {
  public:
    BatchBuilder(mining::Epoch epoch, Partition partition) {
        batch_.epoch = epoch;
        batch_.partition = partition;
    }

    /// How much of each is likely to come: it is made room for at once.
    struct Sizes {
        std::size_t shares{};
        std::size_t jobs{};
        std::size_t channels{};
    };
    void expect(const Sizes& sizes);
    Sizes sizes() const {
        return {batch_.shares.size(), batch_.jobs.size(), batch_.channels.size()};
    }

    void add_live_tip(const bitcoin::BlockHash& tip) { batch_.live_tips.push_back(tip); }
    void add_share(const ShareContext& context, const mining::SubmittedShare& share,
                   std::string worker);
    void add_event(EventBody body);

    std::size_t shares() const { return batch_.shares.size(); }
    /// Shares and events: what stands in a queue.
    std::size_t entries() const { return batch_.shares.size() + batch_.events.size(); }

    /// Shares `begin` to `end` with the records that they name, as a scan carries them.
    Batch part(std::size_t begin, std::size_t end) const;

    /// The finished batch under its sequence number; the builder is used up.
    Batch finish(std::uint64_t sequence) && {
        batch_.sequence = sequence;
        return std::move(batch_);
    }

  private:
    std::uint32_t place_of(const Channel& channel);
    std::uint32_t place_of(const ShareContext& context);
    std::uint32_t place_of_outputs(const ShareContext& context);

    Batch batch_{};
    boost::unordered_flat_map<std::uint64_t, std::size_t> custom_jobs_{};  // by their ids
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> channels_{};   // by channel key
    boost::unordered_flat_map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t>
        jobs_{};  // the latest by channel key and job id
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> outputs_{};  // by outputs id
    std::vector<std::uint32_t> outputs_of_jobs_{};
};

}  // namespace bus
