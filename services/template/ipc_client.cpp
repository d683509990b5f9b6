#include "template/ipc_client.h"

#include <utility>

#include "template/ipc_call.h"

namespace templates {
namespace {

using ipc::Answer;
using ipc::ask;
using ipc::call;
using ipc::call_in;
using ipc::from_data;
using ipc::from_text;
using ipc::to_data;
using Client = capnp::Capability::Client;

std::optional<IpcClient::Tip> read_tip(const Answer& answer) {
    const auto tip = answer.getAs<wire::TipResults>().getResult();
    const auto hash = tip.getHash();
    if (hash.size() != 32) return std::nullopt;
    return IpcClient::Tip{.hash = {bitcoin::Uint256::from_bytes(
                              std::as_bytes(std::span{hash.begin(), 32}).template first<32>())},
                          .height = static_cast<std::uint32_t>(tip.getHeight())};
}

std::optional<IpcClient::Template> read_template(const Answer& answer) {
    auto results = answer.getAs<wire::CapabilityResults>();
    if (!results.hasResult()) return std::nullopt;
    return results.getResult();
}

IpcVerdict read_verdict_of(const Answer& answer) {
    const auto results = answer.getAs<wire::VerdictResults>();
    return {.is_accepted = results.getResult(),
            .reason = from_text(results.getReason()),
            .debug = from_text(results.getDebug())};
}

kj::Exception failed(const std::string& why) {
    return {kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::heapString(why.c_str())};
}

bool is_unimplemented(const kj::Exception& error) {
    return error.getType() == kj::Exception::Type::UNIMPLEMENTED;
}

}  // namespace

std::string describe(const kj::Exception& error) {
    std::string_view words = error.getDescription().cStr();
    for (const std::string_view wrapping : {"remote exception: ", "std::exception: "})
        if (words.starts_with(wrapping)) words.remove_prefix(wrapping.size());
    return std::string{words};
}

IpcClient::IpcClient(const base::Clock& clock, kj::Own<kj::AsyncIoStream> stream, Options options)
    : clock_(clock),
      options_(options),
      stream_(kj::mv(stream)),
      client_(*stream_),
      init_(client_.bootstrap()) {}

kj::Promise<void> IpcClient::greet() {
    // The node's threads are made by a map of its own, which it gives for one of ours; ours is
    // never used.
    return call<wire::ThreadMapParams>(init_, method::init, method::construct, [](auto) {})
        .then([this](Answer&& answer) {
            thread_map_ = answer.getAs<wire::ThreadMapResults>().getThreadMap();
            return make_lanes();
        })
        .then([this] { return make_mining(); })
        .then([this] { return find_what_is_new(); });
}

kj::Promise<Client> IpcClient::make_thread(const char* thread_name) {
    return call<wire::NameParams>(thread_map_, method::thread_map, method::make_thread,
                                  [&](auto params) { params.setName(thread_name); })
        .then([](Answer&& answer) { return answer.getAs<wire::CapabilityResults>().getResult(); });
}

kj::Promise<void> IpcClient::make_lanes() {
    const auto make = [this](const char* lane_name, std::optional<IpcLane>& lane) {
        return make_thread(lane_name).then(
            [this, &lane](Client&& thread) { lane.emplace(clock_, kj::mv(thread)); });
    };
    return make("adit tips", tips_)
        .then([this, make] { return make("adit urgent", urgent_); })
        .then([this, make] { return make("adit work", work_); })
        .then([this, make] { return make("adit solutions", solutions_); })
        .then([this, make] { return make("adit questions", questions_); });
}

kj::Promise<void> IpcClient::make_mining() {
    return ask(*questions_, init_, method::init, method::make_mining)
        .then(
            [this](Answer&& answer) -> kj::Promise<void> {
                mining_ = answer.getAs<wire::CapabilityResults>().getResult();
                return kj::READY_NOW;
            },
            [this](kj::Exception&& error) { return make_mining_30(kj::mv(error)); });
}

kj::Promise<void> IpcClient::make_mining_30(kj::Exception&& why_not_later) {
    if (!is_unimplemented(why_not_later)) return kj::mv(why_not_later);
    return ask(*questions_, init_, method::init, method::make_mining_30)
        .then(
            [this](Answer&& answer) -> kj::Promise<void> {
                mining_ = answer.getAs<wire::CapabilityResults>().getResult();
                dialect_ = MiningDialect::core_30;
                return kj::READY_NOW;
            },
            [](kj::Exception&& error) -> kj::Promise<void> {
                if (error.getType() == kj::Exception::Type::DISCONNECTED) return kj::mv(error);
                return failed(
                    "the node offers no Mining interface that this pool knows (those of Bitcoin "
                    "Core 30, 31 and 32): run one of these releases, or a newer pool");
            });
}

// A release is known by what it can do, since none says its number in the Mining interface.
kj::Promise<void> IpcClient::find_what_is_new() {
    if (dialect_ == MiningDialect::core_30) return kj::READY_NOW;
    return call_in<wire::HashesParams>(*questions_, mining_, method::mining,
                                       method::get_transactions_by_txid,
                                       [](auto params) { params.initHashes(0); })
        .then([this](Answer&&) { dialect_ = MiningDialect::core_32; },
              [](kj::Exception&& error) {
                  if (!is_unimplemented(error)) kj::throwFatalException(kj::mv(error));
              })
        .then([this] { return ask(*questions_, init_, method::init, method::make_rpc); })
        .then(
            [this](Answer&& answer) { rpc_ = answer.getAs<wire::CapabilityResults>().getResult(); },
            [](kj::Exception&& error) {
                if (!is_unimplemented(error)) kj::throwFatalException(kj::mv(error));
            });
}

kj::Promise<bool> IpcClient::is_test_chain() {
    return ask(*questions_, mining_, method::mining, method::is_test_chain)
        .then([](Answer&& answer) { return answer.getAs<wire::BoolResults>().getResult(); });
}

kj::Promise<bool> IpcClient::is_initial_download() {
    return ask(*questions_, mining_, method::mining, method::is_initial_block_download)
        .then([](Answer&& answer) { return answer.getAs<wire::BoolResults>().getResult(); });
}

kj::Promise<std::optional<IpcClient::Tip>> IpcClient::tip(IpcLane& lane) {
    return ask(lane, mining_, method::mining, method::get_tip).then([](Answer&& answer) {
        return read_tip(answer);
    });
}

kj::Promise<std::optional<IpcClient::Tip>> IpcClient::wait_tip(const bitcoin::BlockHash& than,
                                                               std::chrono::milliseconds timeout) {
    const auto fill = [than, timeout](auto params) {
        params.setCurrentTip(to_data(than.value.as_bytes()));
        params.setTimeout(static_cast<double>(timeout.count()));
    };
    auto answer = dialect_ == MiningDialect::core_30
                      ? call_in<wire::WaitTipParams30>(*tips_, mining_, method::mining,
                                                       method::wait_tip_changed, fill)
                      : call_in<wire::WaitTipParams>(*tips_, mining_, method::mining,
                                                     method::wait_tip_changed, fill);
    return answer.then([](Answer&& tip) { return read_tip(tip); });
}

kj::Promise<std::optional<IpcClient::Template>> IpcClient::create(IpcLane& lane, bool use_mempool) {
    const auto fill = [use_mempool, options = options_](auto to) {
        to.setUseMempool(use_mempool);
        to.setBlockReservedWeight(options.reserved_weight);
        to.setCoinbaseOutputMaxAdditionalSigops(options.reserved_sigops);
    };
    // Version 30 makes templates on the thread that serves its socket.
    auto answer =
        dialect_ == MiningDialect::core_30
            ? lane.take_turn([this, fill] {
                  return call<wire::CreateBlockParams30>(
                      mining_, method::mining, method::create_new_block,
                      [&](auto params) { fill(params.initOptions()); });
              })
            // Without a cool-down: whether to mine during a download is decided before.
            : call_in<wire::CreateBlockParams>(lane, mining_, method::mining,
                                               method::create_new_block, [fill](auto params) {
                                                   fill(params.initOptions());
                                                   params.setCooldown(false);
                                               });
    return answer.then([](Answer&& made) { return read_template(made); });
}

kj::Promise<std::optional<IpcClient::Template>> IpcClient::better_than(Template& known,
                                                                       std::uint64_t fee_sat) {
    // With no time to wait the node looks once.
    const auto fill = [fee_sat](auto params) {
        auto options = params.initOptions();
        options.setTimeout(0);
        options.setFeeThreshold(static_cast<std::int64_t>(fee_sat));
    };
    const auto number = template_methods(dialect_).wait_next;
    auto answer =
        dialect_ == MiningDialect::core_30
            ? call_in<wire::WaitNextParams30>(*work_, known, method::block_template, number, fill)
            : call_in<wire::WaitNextParams>(*work_, known, method::block_template, number, fill);
    return answer.then([](Answer&& made) { return read_template(made); });
}

kj::Promise<IpcTemplate> IpcClient::read(IpcLane& lane, Template& from) {
    return ask(lane, from, method::block_template, method::get_block_header)
        .then([this, &lane, from](Answer&& answer) mutable {
            auto header = from_data(answer.getAs<wire::DataResults>().getResult());
            return read_coinbase(lane, from)
                .then([this, &lane, from,
                       header = std::move(header)](IpcCoinbase&& coinbase) mutable {
                    return read_merkle_path(lane, from)
                        .then([header = std::move(header), coinbase = std::move(coinbase)](
                                  std::vector<base::Bytes>&& path) mutable {
                            return IpcTemplate{.header = std::move(header),
                                               .coinbase = std::move(coinbase),
                                               .merkle_path = std::move(path)};
                        });
                });
        });
}

kj::Promise<IpcCoinbase> IpcClient::read_coinbase(IpcLane& lane, Template& from) {
    return ask(lane, from, method::block_template, method::get_coinbase_tx)
        .then([is_dummy = dialect_ == MiningDialect::core_30](Answer&& answer) {
            if (is_dummy) {
                auto read =
                    read_dummy_coinbase(from_data(answer.getAs<wire::DataResults>().getResult()));
                if (!read) kj::throwFatalException(failed(read.error()));
                return std::move(*read);
            }
            const auto from_node = answer.getAs<wire::CoinbaseTxResults>().getResult();
            return IpcCoinbase{.version = from_node.getVersion(),
                               .sequence = from_node.getSequence(),
                               .script_sig_prefix = from_data(from_node.getScriptSigPrefix()),
                               .witness = from_data(from_node.getWitness()),
                               .block_reward_remaining = from_node.getBlockRewardRemaining(),
                               .required_outputs = from_data(from_node.getRequiredOutputs()),
                               .lock_time = from_node.getLockTime()};
        });
}

kj::Promise<std::vector<base::Bytes>> IpcClient::read_merkle_path(IpcLane& lane, Template& from) {
    return ask(lane, from, method::block_template,
               template_methods(dialect_).get_coinbase_merkle_path)
        .then([](Answer&& answer) {
            return from_data(answer.getAs<wire::DataListResults>().getResult());
        });
}

kj::Promise<base::Bytes> IpcClient::block(Template& of) {
    return ask(*work_, of, method::block_template, method::get_block).then([](Answer&& answer) {
        return from_data(answer.getAs<wire::DataResults>().getResult());
    });
}

kj::Promise<void> IpcClient::destroy(Template& what) {
    return ask(*solutions_, what, method::block_template, method::destroy).ignoreResult();
}

kj::Promise<IpcVerdict> IpcClient::submit(Template& to, Solution solution) {
    const auto number = template_methods(dialect_).submit_solution;
    auto answer = call_in<wire::SolutionParams>(*solutions_, to, method::block_template, number,
                                                [solution = std::move(solution)](auto params) {
                                                    params.setVersion(solution.version);
                                                    params.setTimestamp(solution.ntime);
                                                    params.setNonce(solution.nonce);
                                                    params.setCoinbase(to_data(solution.coinbase));
                                                });
    if (takes_blocks()) return answer.then([](Answer&& said) { return read_verdict_of(said); });
    return answer.then([](Answer&& said) {
        return IpcVerdict{.is_accepted = said.getAs<wire::BoolResults>().getResult()};
    });
}

kj::Promise<IpcVerdict> IpcClient::submit(base::Bytes block) {
    return call_in<wire::BlockParams>(
               *solutions_, mining_, method::mining, method::submit_block,
               [block = std::move(block)](auto params) { params.setBlock(to_data(block)); })
        .then([](Answer&& answer) { return read_verdict_of(answer); });
}

kj::Promise<std::string> IpcClient::execute_rpc(std::string request) {
    return call_in<wire::RpcParams>(*questions_, *rpc_, method::rpc, method::execute_rpc,
                                    [request = std::move(request)](auto params) {
                                        params.setRequest(request.c_str());
                                        params.setUri("/");
                                        params.setUser("adit");
                                    })
        .then([](Answer&& answer) {
            return from_text(answer.getAs<wire::TextResults>().getResult());
        });
}

}  // namespace templates
