#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "template/node_watch.h"

namespace templates {

/// For tests: a node that says what it is told to.
class ToldSource final : public Source {
  public:
    std::string_view name() const override { return "fake"; }
    void start(Callbacks callbacks) override { say = std::move(callbacks); }
    void submit_block(SolvedBlock, OnSubmitted on_submitted) override {
        on_submitted({.kind = SubmitAnswer::Kind::unreachable});
    }
    Callbacks say{};
};

/// For tests: told nodes, watched, and what the watch gave on and said.
class WatchedNodes {
  public:
    explicit WatchedNodes(std::size_t size, NodeWatch::Settings settings = {})
        : nodes(make(size)), watch(loop, clock, nodes, registry, settings) {
        watch.start(
            {.on_candidate =
                 [this](auto node, auto candidate) {
                     given.emplace_back(node, std::move(candidate));
                 },
             .on_transactions = [this](auto node, auto origin,
                                       const auto&) { transactions.emplace_back(node, origin); },
             .on_state = [this](bool is_usable,
                                std::string_view why) { states.emplace_back(is_usable, why); },
             .on_unusable = [this](std::string_view why) { unusable = why; }});
    }

    static bitcoin::BlockHash hash_at(std::uint32_t height, std::uint8_t branch = 0) {
        bitcoin::BlockHash hash;
        hash.value.bytes[0] = branch;
        hash.value.bytes[1] = static_cast<std::uint8_t>(height);
        return hash;
    }
    static NodeStatus status_at(std::uint32_t height) {
        return {.is_reachable = true,
                .software = "/fake:1/",
                .network = bitcoin::Network::regtest,
                .tip = hash_at(height),
                .height = height,
                .header_height = height,
                .peers = 8,
                .is_initial_download = false};
    }
    void say(NodeIndex node, NodeStatus status) { sources[node]->say.on_status(std::move(status)); }
    /// On the block of that height.
    void offer(NodeIndex node, std::uint32_t height, Candidate candidate = {}) {
        candidate.block_template.tip.prev_hash = hash_at(height);
        candidate.block_template.tip.height = height + 1;
        sources[node]->say.on_candidate(std::move(candidate));
    }
    /// As a node does that comes to a new block.
    void arrive(NodeIndex node, std::uint32_t height) {
        say(node, status_at(height));
        offer(node, height);
    }
    void pass(std::chrono::milliseconds time) {
        clock.advance(time);
        watch.on_time();
    }
    /// Who gave the newest, and on which height.
    std::pair<NodeIndex, std::uint32_t> last() const {
        if (given.empty()) return {99, 0};
        return {given.back().first, given.back().second.block_template.tip.height - 1};
    }
    bool has_metric(const std::string& line) {
        return registry.text().find(line + "\n") != std::string::npos;
    }

    base::ManualClock clock{};
    boost::asio::io_context loop{};
    service::Registry registry{"test", "0"};
    std::vector<ToldSource*> sources{};
    Nodes nodes;
    NodeWatch watch;
    std::vector<std::pair<NodeIndex, Candidate>> given{};
    std::vector<std::pair<NodeIndex, std::uint64_t>> transactions{};
    std::vector<std::pair<bool, std::string>> states{};
    std::string unusable{};

  private:
    Nodes make(std::size_t size) {
        std::vector<Nodes::Node> made;
        for (std::size_t i = 0; i < size; ++i) {
            auto source = std::make_unique<ToldSource>();
            sources.push_back(source.get());
            const auto name = "node-" + std::to_string(i);
            made.push_back({.name = name,
                            .kind = "fake",
                            .address = "http://" + name,
                            .source = std::move(source)});
        }
        return Nodes{std::move(made)};
    }
};

}  // namespace templates
