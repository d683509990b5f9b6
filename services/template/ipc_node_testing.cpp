#include "template/ipc_node_testing.h"

#include <kj/debug.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/subsidy.h"
#include "bitcoin/transaction.h"
#include "template/ipc_call.h"
#include "template/kj_loop.h"
#include "template/kj_stream.h"

// KJ's interfaces have no virtual destructors: its owners know what they own.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace templates {
namespace {

using nlohmann::json;
using CallContext = capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer>;
using Outcome = capnp::Capability::Server::DispatchCallResult;

constexpr std::uint32_t regtest_nbits = 0x207fffff;
constexpr base::UnixMicros start{std::chrono::seconds{1'700'000'000}};

Outcome done(kj::Promise<void> promise = kj::READY_NOW) {
    return {kj::mv(promise), false};
}
Outcome unimplemented() {
    return done(KJ_EXCEPTION(UNIMPLEMENTED, "Method not implemented."));
}
Outcome failed(const std::string& words) {
    return done(kj::Exception{kj::Exception::Type::FAILED, __FILE__, __LINE__,
                              kj::str("std::exception: ", words.c_str())});
}

}  // namespace

struct IpcTestNode::State : std::enable_shared_from_this<State> {
    explicit State(Settings given)
        : settings(std::move(given)),
          chain({.start_nbits = regtest_nbits, .transactions = settings.transactions}, start) {}

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

namespace {

using State = IpcTestNode::State;

class ThreadServer final : public capnp::Capability::Server {
  public:
    Outcome dispatchCall(std::uint64_t, std::uint16_t, CallContext) override {
        return unimplemented();
    }
};

class ThreadMapServer final : public capnp::Capability::Server {
  public:
    Outcome dispatchCall(std::uint64_t interface, std::uint16_t number,
                         CallContext context) override {
        if (interface != method::thread_map || number != method::make_thread)
            return unimplemented();
        context.getResults().initAs<wire::CapabilityResults>().setResult(kj::heap<ThreadServer>());
        return done();
    }
};

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
            results.setResult(kj::heap<TemplateServer>(state_, std::move(next), uses_mempool_));
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

class RpcServer final : public capnp::Capability::Server {
  public:
    explicit RpcServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

    Outcome dispatchCall(std::uint64_t interface, std::uint16_t number,
                         CallContext context) override {
        if (interface != method::rpc || number != method::execute_rpc) return unimplemented();
        const auto request =
            json::parse(ipc::from_text(context.getParams().getAs<wire::RpcParams>().getRequest()));
        const json answer{{"id", request["id"]}, {"result", result(request)}};
        context.getResults().initAs<wire::TextResults>().setResult(answer.dump().c_str());
        return done();
    }

  private:
    json result(const json& request) const {
        const auto asked = request["method"].get<std::string>();
        if (asked == "getblockchaininfo")
            return {{"chain", state_->settings.chain},
                    {"headers", state_->chain.height()},
                    {"bestblockhash", state_->chain.tip().value.to_be_hex()},
                    {"time", 1'700'000'000},
                    {"mediantime", 1'600'000'000},
                    {"initialblockdownload", state_->settings.is_initial_download},
                    {"pruned", false}};
        if (asked == "getnetworkinfo")
            return {{"subversion", "/Satoshi:32.0.0/"}, {"connections", 8}};
        if (asked == "getblockheader" &&
            request["params"][0] == state_->chain.tip().value.to_be_hex())
            return {{"confirmations", 1}};
        return {};
    }

    std::shared_ptr<State> state_;
};

class MiningServer final : public capnp::Capability::Server {
  public:
    explicit MiningServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

    Outcome dispatchCall(std::uint64_t interface, std::uint16_t number,
                         CallContext context) override {
        if (interface != method::mining) return unimplemented();
        const auto dialect = state_->settings.dialect;
        const bool is_first = dialect == MiningDialect::core_30;
        switch (number) {
            case method::is_test_chain: return say(context, state_->settings.is_test_chain);
            case method::is_initial_block_download:
                if (state_->settings.is_hanging) return done(kj::NEVER_DONE);
                return say(context, state_->settings.is_initial_download);
            case method::get_tip: return give_tip(context);
            case method::wait_tip_changed:
                return is_first ? wait_tip<wire::WaitTipParams30>(context)
                                : wait_tip<wire::WaitTipParams>(context);
            case method::create_new_block: return create(context, is_first);
            case method::submit_block:
                return dialect == MiningDialect::core_32 ? submit(context) : unimplemented();
            case method::get_transactions_by_txid:
                if (dialect != MiningDialect::core_32) return unimplemented();
                context.getResults().initAs<wire::DataListResults>().initResult(0);
                return done();
            default: return unimplemented();
        }
    }

  private:
    static Outcome say(CallContext& context, bool value) {
        context.getResults().initAs<wire::BoolResults>().setResult(value);
        return done();
    }

    void write_tip(CallContext& context) const {
        auto tip = context.getResults().initAs<wire::TipResults>().initResult();
        tip.setHash(ipc::to_data(state_->chain.tip().value.as_bytes()));
        tip.setHeight(static_cast<std::int32_t>(state_->chain.height()));
    }

    Outcome give_tip(CallContext& context) const {
        write_tip(context);
        return done();
    }

    template <class Params>
    Outcome wait_tip(CallContext& context) {
        const auto params = context.getParams().getAs<Params>();
        if (params.getTimeout() < 1) return failed("a wait without a timeout");
        const auto known = params.getCurrentTip();
        const auto& tip = state_->chain.tip().value.bytes;
        if (!std::equal(known.begin(), known.end(), tip.begin(), tip.end()))
            return give_tip(context);
        auto pair = kj::newPromiseAndFulfiller<void>();
        state_->tip_waiters.push_back(kj::mv(pair.fulfiller));
        return done(pair.promise.then([this, context]() mutable { write_tip(context); }));
    }

    Outcome create(CallContext& context, bool is_first) {
        if (!state_->settings.create_fault.empty()) return failed(state_->settings.create_fault);
        bool use_mempool = false;
        std::uint64_t weight = 0;
        if (is_first) {
            const auto options =
                context.getParams().getAs<wire::CreateBlockParams30>().getOptions();
            use_mempool = options.getUseMempool();
            weight = options.getBlockReservedWeight();
        } else {
            const auto params = context.getParams().getAs<wire::CreateBlockParams>();
            use_mempool = params.getOptions().getUseMempool();
            weight = params.getOptions().getBlockReservedWeight();
            if (params.getCooldown()) return failed("this test node does not cool down");
        }
        if (weight < 2'000)
            return failed("block_reserved_weight is lower than minimum safety value");
        context.getResults().initAs<wire::CapabilityResults>().setResult(
            kj::heap<TemplateServer>(state_, state_->candidate(use_mempool), use_mempool));
        return done();
    }

    Outcome submit(CallContext& context) {
        ++state_->whole_blocks;
        const auto fault = state_->submit(
            ipc::from_data(context.getParams().getAs<wire::BlockParams>().getBlock()));
        auto results = context.getResults().initAs<wire::VerdictResults>();
        results.setResult(!fault);
        results.setReason(fault.value_or("").c_str());
        return done();
    }

    std::shared_ptr<State> state_;
};

class InitServer final : public capnp::Capability::Server {
  public:
    explicit InitServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

    Outcome dispatchCall(std::uint64_t interface, std::uint16_t number,
                         CallContext context) override {
        if (interface != method::init) return unimplemented();
        const auto dialect = state_->settings.dialect;
        if (number == method::construct) {
            context.getResults().initAs<wire::ThreadMapResults>().setThreadMap(
                kj::heap<ThreadMapServer>());
            return done();
        }
        if (number == method::make_rpc && dialect == MiningDialect::core_32) {
            give(context, kj::heap<RpcServer>(state_));
            return done();
        }
        const bool is_first = dialect == MiningDialect::core_30;
        if (number == method::make_mining_30 && !is_first)
            return failed("Old mining interface (@2) not supported. Please update your client!");
        if (number != (is_first ? method::make_mining_30 : method::make_mining) ||
            state_->settings.gives_no_mining)
            return unimplemented();
        if (state_->settings.is_loading) return done(kj::NEVER_DONE);
        give(context, kj::heap<MiningServer>(state_));
        return done();
    }

  private:
    static void give(CallContext& context, capnp::Capability::Client what) {
        context.getResults().initAs<wire::CapabilityResults>().setResult(kj::mv(what));
    }

    std::shared_ptr<State> state_;
};

}  // namespace

IpcTestNode::IpcTestNode(boost::asio::io_context& loop, const std::filesystem::path& socket,
                         Settings settings)
    : loop_(loop),
      path_(socket),
      state_((KjLoop::of(loop), std::make_shared<State>(std::move(settings)))),
      acceptor_(loop, {socket.string()}) {
    accept();
}

IpcTestNode::~IpcTestNode() {
    state_->tip_waiters.clear();
    connections_.clear();
    std::filesystem::remove(path_);
}

void IpcTestNode::accept() {
    acceptor_.async_accept(
        [this, alive = std::weak_ptr{is_alive_}](const auto& error, auto socket) {
            if (error || alive.expired()) return;
            connections_.push_back(
                std::make_unique<capnp::TwoPartyServer>(kj::heap<InitServer>(state_)));
            connections_.back()->accept(kj::heap<KjStream>(std::move(socket)));
            accept();
        });
}

void IpcTestNode::extend() {
    state_->pass_time();
    state_->chain.extend_by_others(state_->now);
    state_->tip_changed();
}

void IpcTestNode::add_transaction() {
    state_->chain.add_transaction();
}

const bitcoin::BlockHash& IpcTestNode::tip() const {
    return state_->chain.tip();
}

std::uint32_t IpcTestNode::height() const {
    return state_->chain.height();
}

std::size_t IpcTestNode::templates_held() const {
    return state_->held;
}

std::size_t IpcTestNode::templates_made() const {
    return state_->made;
}

std::size_t IpcTestNode::solutions() const {
    return state_->solutions;
}

std::size_t IpcTestNode::whole_blocks() const {
    return state_->whole_blocks;
}

IpcTestNode::Settings& IpcTestNode::settings() {
    return state_->settings;
}

}  // namespace templates
