#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "template/solutions_testing.h"
#include "template/spool.h"

namespace templates {

/// A node that answers as told, at once or when asked to.
class FakeNode final : public Source {
  public:
    std::string_view name() const override { return "fake"; }
    void start(Callbacks told) override { callbacks = std::move(told); }
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override {
        blocks.push_back(std::move(block));
        if (answers.empty()) return;
        const auto answer = answers.front();
        if (answers.size() > 1) answers.erase(answers.begin());
        on_submitted(answer);
    }
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override {
        on_found(chain[hash]);
    }
    /// The last one is given for ever; none: silence.
    std::vector<SubmitAnswer> answers{{SubmitAnswer::Kind::accepted, ""}};
    std::vector<SolvedBlock> blocks{};
    std::map<bitcoin::BlockHash, BlockStanding> chain{};
    Callbacks callbacks{};
};

/// A spool in a folder of its own with two nodes, "a" and "b".
class SpoolTest : public testing::Test {
  protected:
    SpoolTest() {
        char pattern[] = "/tmp/adit-spool-XXXXXX";
        folder = ::mkdtemp(pattern);
        files.emplace(folder);
        settings.settled_max = 2;
        settings.storing_max = 8;
        settings.confirmations = 3;
        settings.give_up_tips = 20;
        settings.retry = {.first = std::chrono::milliseconds{1},
                          .last = std::chrono::milliseconds{5}};
    }
    ~SpoolTest() override {
        spool.reset();
        std::filesystem::remove_all(folder);
    }

    void start() {
        disk.emplace();
        spool.emplace(
            loop, clock, random,
            Spool::Ports{.nodes = nodes,
                         .metrics = metrics,
                         .stage = stage,
                         .files = *files,
                         .disk = *disk,
                         .publish = [this](auto entry) { published.push_back(std::move(entry)); }},
            settings);
        spool->recover();
    }
    /// What a restart finds is the folder, and nothing else.
    void restart() {
        spool.reset();
        start();
    }
    bool run_until(const std::function<bool()>& claim) {
        const auto deadline = clock.steady_now() + std::chrono::seconds{20};
        while (!claim()) {
            if (clock.steady_now() > deadline) return false;
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds{20});
        }
        return true;
    }
    bool take(const SpooledBlock& taken, std::optional<Origin> origin = std::nullopt) {
        bool is_answered = false;
        spool->take(taken, origin, [&](const auto& answer) {
            is_answered = true;
            stored = answer;
        });
        return run_until([&] { return is_answered; });
    }
    /// Redis is as quick as the loop.
    void tell_redis() {
        for (const auto& entry : std::exchange(published, {})) spool->on_published(entry);
    }
    std::optional<BlockState> state_of(const SpooledBlock& asked) {
        const auto* const entry = spool->solutions().find(asked.hash);
        if (entry == nullptr) return std::nullopt;
        return entry->state;
    }
    bool is(const SpooledBlock& asked, BlockState::Kind kind) {
        const auto state = state_of(asked);
        return state && state->kind == kind;
    }
    std::vector<std::string> events_of(const SpooledBlock& block) const {
        std::vector<std::string> events;
        for (const auto& entry : published)
            if (entry.hash == block.hash)
                events.push_back(entry.event + (entry.node.empty() ? "" : " " + entry.node));
        return events;
    }

    std::filesystem::path folder;
    base::SystemClock clock{};
    base::SeededRandom random{1};
    boost::asio::io_context loop{};
    service::Registry registry{"test", "0"};
    Metrics metrics = make_metrics(registry);
    service::Stage stage{"block", std::chrono::seconds{10}};
    FakeNode& a = *new FakeNode;  // of the nodes
    FakeNode& b = *new FakeNode;
    Nodes nodes = [this] {
        std::vector<Nodes::Node> all(2);
        all[0] = {.name = "a", .source = std::unique_ptr<Source>{&a}};
        all[1] = {.name = "b", .source = std::unique_ptr<Source>{&b}};
        return Nodes{std::move(all)};
    }();
    Spool::Settings settings{};
    std::vector<ledger::BlockEntry> published{};
    std::optional<SpoolFolder> files{};
    std::optional<BackgroundThread> disk{};
    std::optional<Spool> spool{};
    base::Result<Spool::Stored, std::string> stored{Spool::Stored{}};
};

}  // namespace templates
