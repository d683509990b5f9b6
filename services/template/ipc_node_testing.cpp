#include "template/ipc_node_testing.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "template/ipc_call.h"
#include "template/ipc_state_testing.h"
#include "template/kj_loop.h"
#include "template/kj_stream.h"

// KJ's interfaces have no virtual destructors: its owners know what they own.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace templates {
namespace {

using nlohmann::json;
using CallContext = IpcTestCall;
using Outcome = IpcTestOutcome;
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
            serve_template(state_, state_->candidate(use_mempool), use_mempool));
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
