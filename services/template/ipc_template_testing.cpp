#include <algorithm>
#include <utility>

#include "bitcoin/block.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "template/ipc_call.h"
#include "template/ipc_state_testing.h"

// KJ's interfaces have no virtual destructors: its owners know what they own.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace templates {
namespace {

using CallContext = IpcTestCall;
using Outcome = IpcTestOutcome;
using State = IpcTestNode::State;

class TemplateServer final : public capnp::Capability::Server {
  public:
    TemplateServer(std::shared_ptr<State> state, Candidate candidate, bool uses_mempool)
        : state_(std::move(state)), candidate_(std::move(candidate)), uses_mempool_(uses_mempool) {
        ++state_->held;
        ++state_->made;
    }
    ~TemplateServer() { release(); }

    Outcome dispatchCall(std::uint64_t interface, std::uint16_t number,
                         CallContext context) override {
        if (interface != method::block_template) return unimplemented();
        const auto dialect = state_->settings.dialect;
        const auto numbers = template_methods(dialect);
        if (number == method::destroy) {
            release();
            return done();
        }
        if (number == method::get_block_header) return give(context, header());
        if (number == method::get_block) return give(context, block());
        if (number == numbers.get_coinbase_merkle_path) return give_merkle_path(context);
        if (number == numbers.wait_next)
            return dialect == MiningDialect::core_30 ? wait_next<wire::WaitNextParams30>(context)
                                                     : wait_next<wire::WaitNextParams>(context);
        if (number == numbers.submit_solution) return submit(context);
        if (number == method::get_coinbase_tx)
            return dialect == MiningDialect::core_30
                       ? give(context, bitcoin::serialise(dummy_coinbase()))
                       : give_coinbase(context);
        return unimplemented();
    }

  private:
    void release() {
        if (!std::exchange(is_released_, true)) --state_->held;
    }

    static Outcome give(CallContext& context, const base::Bytes& bytes) {
        context.getResults().initAs<wire::DataResults>().setResult(ipc::to_data(bytes));
        return done();
    }

    base::Bytes header() const {
        const auto& t = candidate_.block_template;
        return base::to_bytes(bitcoin::encode_header({.version = t.version,
                                                      .prev_hash = t.tip.prev_hash,
                                                      .merkle_root = {},
                                                      .ntime = t.tip.min_ntime,
                                                      .nbits = t.tip.nbits,
                                                      .nonce = 0}));
    }

    bitcoin::Transaction dummy_coinbase() const {
        const auto& t = candidate_.block_template;
        auto script = t.coinbase_prefix;
        script.push_back(std::byte{0});
        bitcoin::Transaction coinbase;
        coinbase.version = t.coinbase_tx_version;
        coinbase.inputs.push_back({.previous = {.txid = {}, .index = 0xffffffff},
                                   .script = script,
                                   .sequence = t.coinbase_tx_input_sequence,
                                   .witness = {base::Bytes(32)}});
        coinbase.outputs = {
            {.value_sat = t.coinbase_tx_value_remaining, .script = {std::byte{0x51}}},
            {.value_sat = 0, .script = commitment_script()}};
        coinbase.locktime = t.coinbase_tx_locktime;
        return coinbase;
    }

    // Behind the value's eight bytes and the script's size.
    base::Bytes commitment_script() const {
        const auto& output = candidate_.block_template.coinbase_tx_outputs;
        return {output.begin() + 9, output.end()};
    }

    base::Bytes block() const {
        const auto bytes = header();
        return bitcoin::assemble_block(base::ByteView{bytes}.first<bitcoin::header_size>(),
                                       bitcoin::serialise(dummy_coinbase()),
                                       *candidate_.transactions);
    }

    Outcome give_coinbase(CallContext& context) const {
        const auto& t = candidate_.block_template;
        auto to = context.getResults().initAs<wire::CoinbaseTxResults>().initResult();
        to.setVersion(t.coinbase_tx_version);
        to.setSequence(t.coinbase_tx_input_sequence);
        to.setScriptSigPrefix(ipc::to_data(t.coinbase_prefix));
        to.setWitness(ipc::to_data(base::Bytes(32)));
        to.setBlockRewardRemaining(static_cast<std::int64_t>(t.coinbase_tx_value_remaining));
        to.initRequiredOutputs(1).set(0, ipc::to_data(t.coinbase_tx_outputs));
        to.setLockTime(t.coinbase_tx_locktime);
        return done();
    }

    Outcome give_merkle_path(CallContext& context) const {
        const auto& path = candidate_.block_template.merkle_path;
        auto list = context.getResults().initAs<wire::DataListResults>().initResult(
            static_cast<unsigned>(path.size()));
        for (unsigned i = 0; i < path.size(); ++i) list.set(i, ipc::to_data(path[i].as_bytes()));
        return done();
    }

    template <class Params>
    Outcome wait_next(CallContext& context) {
        const auto options = context.getParams().getAs<Params>().getOptions();
        if (options.getTimeout() != 0) return failed("this test node does not wait");
        auto next = state_->candidate(uses_mempool_);
        const auto& known = candidate_.block_template;
        auto results = context.getResults().initAs<wire::CapabilityResults>();
        const auto asked = known.coinbase_tx_value_remaining +
                           static_cast<std::uint64_t>(options.getFeeThreshold());
        if (next.block_template.tip.prev_hash != known.tip.prev_hash ||
            next.block_template.coinbase_tx_value_remaining >= asked)
            results.setResult(serve_template(state_, std::move(next), uses_mempool_));
        return done();
    }

    Outcome submit(CallContext& context) {
        ++state_->solutions;
        const auto params = context.getParams().getAs<wire::SolutionParams>();
        const auto coinbase = ipc::from_data(params.getCoinbase());
        const auto transaction = bitcoin::parse_transaction(coinbase);
        if (!transaction) return failed("SpanReader::read(): end of data");
        const auto& t = candidate_.block_template;
        const auto encoded = bitcoin::encode_header(
            {.version = params.getVersion(),
             .prev_hash = t.tip.prev_hash,
             .merkle_root = bitcoin::fold_merkle_path(bitcoin::txid(*transaction), t.merkle_path),
             .ntime = params.getTimestamp(),
             .nbits = t.tip.nbits,
             .nonce = params.getNonce()});
        const auto fault =
            state_->submit(bitcoin::assemble_block(encoded, coinbase, *candidate_.transactions));
        if (state_->settings.dialect == MiningDialect::core_32) {
            auto results = context.getResults().initAs<wire::VerdictResults>();
            results.setResult(!fault);
            results.setReason(fault.value_or("").c_str());
        } else {
            // Whatever is stored is a yes.
            context.getResults().initAs<wire::BoolResults>().setResult(
                !fault || *fault == "duplicate" || *fault == "inconclusive");
        }
        return done();
    }

    std::shared_ptr<State> state_;
    Candidate candidate_;
    bool uses_mempool_;
    bool is_released_ = false;
};

}  // namespace

capnp::Capability::Client serve_template(std::shared_ptr<IpcTestNode::State> state,
                                         Candidate candidate, bool uses_mempool) {
    return kj::heap<TemplateServer>(std::move(state), std::move(candidate), uses_mempool);
}

}  // namespace templates
