#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "auditor/audit.h"
#include "miner/effects.h"

namespace simulation {

/// What one miner writes down, over all its connections, as the auditor reads it.
class MinerJournal {
  public:
    explicit MinerJournal(std::string name) : name_(std::move(name)) {}

    void opened(const miner::ChannelOpened& opened);
    void submitted(const miner::ShareSubmitted& submitted);
    void accepted(std::uint64_t connection, const miner::SharesAccepted& accepted);
    void rejected(std::uint64_t connection, const miner::ShareRejected& rejected);

    const std::string& name() const { return name_; }
    const std::vector<auditor::JournalChannel>& channels() const { return channels_; }

  private:
    auditor::JournalChannel& find(std::uint64_t connection, sv2::ChannelId id) {
        return channels_[open_.at({connection, id.value})];
    }

    std::string name_;
    std::vector<auditor::JournalChannel> channels_{};
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::size_t> open_{};
};

}  // namespace simulation
