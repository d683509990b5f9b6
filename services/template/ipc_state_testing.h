#pragma once

#include <capnp/capability.h>
#include <kj/async.h>
#include <kj/debug.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bitcoin/coinbase.h"
#include "bitcoin/subsidy.h"
#include "bitcoin/transaction.h"
#include "template/ipc_node_testing.h"

namespace templates {

/// What the servers of one node share.
struct IpcTestNode::State {
    explicit State(Settings given)
        : settings(std::move(given)),
          chain({.start_nbits = regtest_nbits, .transactions = settings.transactions}, start) {}

    static constexpr base::UnixMicros start{std::chrono::seconds{1'700'000'000}};
    static constexpr std::uint32_t regtest_nbits = 0x207fffff;

    Settings settings;
    Devchain chain;
    base::UnixMicros now = start;
    std::vector<kj::Own<kj::PromiseFulfiller<void>>> tip_waiters{};
    std::size_t held = 0;
    std::size_t made = 0;
    std::size_t solutions = 0;
    std::size_t whole_blocks = 0;

    // Slowly enough that the difficulty stays regtest's.
    void pass_time() { now += std::chrono::seconds{60}; }

    void tip_changed() {
        for (auto& waiter : std::exchange(tip_waiters, {})) waiter->fulfill();
    }

    std::optional<std::string> submit(const base::Bytes& block) {
        pass_time();
        auto fault = chain.submit_block(block, now);
        if (!fault) tip_changed();
        return fault;
    }

    Candidate candidate(bool use_mempool) const {
        auto candidate = chain.candidate();
        if (use_mempool) return candidate;
        auto& t = candidate.block_template;
        t.coinbase_tx_value_remaining =
            bitcoin::block_subsidy(t.tip.height, bitcoin::Network::regtest);
        t.merkle_path.clear();
        t.coinbase_tx_outputs.clear();
        bitcoin::append_output(
            t.coinbase_tx_outputs,
            {.value_sat = 0,
             .script = bitcoin::witness_commitment_script(bitcoin::witness_root({}))});
        candidate.transactions = std::make_shared<std::vector<base::Bytes>>();
        return candidate;
    }
};

/// One of the node's templates, as a capability.
capnp::Capability::Client serve_template(std::shared_ptr<IpcTestNode::State> state,
                                         Candidate candidate, bool uses_mempool);

using IpcTestCall = capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer>;
using IpcTestOutcome = capnp::Capability::Server::DispatchCallResult;

inline IpcTestOutcome done(kj::Promise<void> promise = kj::READY_NOW) {
    return {kj::mv(promise), false};
}
inline IpcTestOutcome unimplemented() {
    return done(KJ_EXCEPTION(UNIMPLEMENTED, "Method not implemented."));
}
inline IpcTestOutcome failed(const std::string& words) {
    return done(kj::Exception{kj::Exception::Type::FAILED, __FILE__, __LINE__,
                              kj::str("std::exception: ", words.c_str())});
}

}  // namespace templates
