#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "channel-manager/ports.h"

/// A worker's ports whose answers a test gives.
namespace channel_manager {

class FakeSolutions final : public Solutions {
  public:
    void submit(const FoundBlock& block, std::function<void(SolutionOutcome)> done) override {
        submitted.push_back(block);
        if (at_once) return done(*at_once);
        pending.push_back(std::move(done));
    }
    void answer(SolutionOutcome outcome) {
        auto all = std::move(pending);
        pending.clear();
        for (const auto& done : all) done(outcome);
    }
    std::vector<FoundBlock> submitted{};
    std::vector<std::function<void(SolutionOutcome)>> pending{};
    std::optional<SolutionOutcome> at_once{};
};

class FakeCommits final : public Commits {
  public:
    void commit(const ledger::Commit& commit, ledger::Ledger::Callback done) override {
        commits.push_back(commit);
        pending.push_back(std::move(done));
    }
    void answer(base::Result<ledger::Committed, ledger::LedgerError> outcome) {
        auto all = std::move(pending);
        pending.clear();
        for (const auto& done : all) done(outcome);
    }
    void fail(ledger::LedgerError error) { answer(base::unexpected(error)); }
    /// As the ledger answers a commit that is new.
    void succeed(std::vector<bool> duplicates = {}) {
        ledger::Committed committed;
        committed.outcome = commits.back().outcome;
        committed.duplicates = std::move(duplicates);
        answer(committed);
    }
    std::vector<ledger::Commit> commits{};
    std::vector<ledger::Ledger::Callback> pending{};
};

class FakeGateways final : public Gateways {
  public:
    void send(std::size_t gateway, const bus::ToGateway& message) override {
        sent.emplace_back(gateway, message);
    }
    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const auto& [gateway, message] : sent)
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        return found;
    }
    std::vector<std::pair<std::size_t, bus::ToGateway>> sent{};
};

}  // namespace channel_manager
