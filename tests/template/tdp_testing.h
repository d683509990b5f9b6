#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "noise/identity.h"
#include "support/loop.h"
#include "template/tdp_server.h"
#include "template/tdp_source.h"
#include "template/tdp_testing.h"

namespace templates {

using test_support::run_until;

inline noise::GatewayIdentity make_identity(base::Random& random) {
    const auto authority = noise::SecretKey::generate(random);
    auto static_key = noise::SecretKey::generate(random);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(
        authority, static_key.public_key(), {.valid_from = 0, .not_valid_after = 0xffffffff},
        std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate,
            noise::AuthorityPublicKey{authority.public_key()}};
}

/// A chain of the easiest blocks, and a template distribution server for it on a real port, whose
/// clock a test winds.
class TdpChain : public testing::Test {
  protected:
    TdpChain() {
        store.begin_epoch(mining::Epoch{1});
        // The clock stands still: nothing would ever be covered by a rate.
        settings.requests = {.per_second = 1'000'000, .burst = 1'000'000};
        settings.listen = {.host = "127.0.0.1", .port = 0};
        add_template();
    }

    void open() {
        server.emplace(TdpServer::Parts{.loop = loop,
                                        .clock = clock,
                                        .random = random,
                                        .identity = identity,
                                        .store = store,
                                        .metrics = TdpServerMetrics{registry},
                                        .on_solution = [this](const auto& s) { return take(s); }},
                       settings);
        settings.listen.port = server->port();
        server->open();
    }
    void add_template() { add(chain.candidate()); }
    void add(const Candidate& candidate) {
        store.add(candidate, {.node = 0, .name = ++name});
        if (server) server->on_change();
    }
    void find_block_elsewhere() {
        chain.extend_by_others(clock.unix_now());
        add_template();
    }
    std::string_view take(const TdpSession::Solution& solution) {
        solutions.push_back(solution);
        const auto candidate = to_candidate(*store.find(solution.ref));
        const auto fault = chain.submit_block(
            bitcoin::assemble_block(solution.header, solution.coinbase, *candidate.transactions),
            clock.unix_now());
        if (fault) return "no-block";
        add_template();
        return "taken";
    }
    std::uint64_t closed(const char* reason) {
        return TdpServerMetrics{registry}.closed.with({reason}).value();
    }

    boost::asio::io_context loop{1};
    base::ManualClock clock;
    base::SeededRandom random{1};
    noise::GatewayIdentity identity = make_identity(random);
    service::Registry registry{"template", "test"};
    Devchain chain = easy_chain();
    TemplateStore store{};
    std::uint64_t name = 0;
    std::vector<TdpSession::Solution> solutions{};
    TdpServer::Settings settings{};
    std::optional<TdpServer> server{};
};

}  // namespace templates
