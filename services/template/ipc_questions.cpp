#include "template/ipc_questions.h"

#include <string>

#include "template/node_status.h"

namespace templates {
namespace {

using nlohmann::json;

std::optional<std::pair<bitcoin::BlockHash, std::uint32_t>> median_time_of(const json& info) {
    if (!info.is_object()) return std::nullopt;
    const auto best = info.find("bestblockhash");
    const auto time = info.find("mediantime");
    if (best == info.end() || !best->is_string() || time == info.end() ||
        !time->is_number_unsigned())
        return std::nullopt;
    const auto hash = bitcoin::Uint256::from_be_hex(best->get_ref<const std::string&>());
    if (!hash) return std::nullopt;
    return std::pair{bitcoin::BlockHash{*hash}, time->get<std::uint32_t>()};
}

}  // namespace

kj::Promise<void> IpcQuestions::ask(Answers& known) {
    return client_.is_initial_download().then(
        [this, &known](bool is_initial_download) -> kj::Promise<void> {
            known.status.is_initial_download = is_initial_download;
            if (client_.has_rpc()) return ask_rpc_methods(known);
            return kj::READY_NOW;
        });
}

kj::Promise<void> IpcQuestions::ask_rpc_methods(Answers& known) {
    return rpc("getblockchaininfo", json::array())
        .then([this, &known](json&& chain) {
            read_blockchain_info(chain, known.status);
            known.median_time = median_time_of(chain);
            return rpc("getnetworkinfo", json::array());
        })
        .then([&known](json&& network) { read_network_info(network, known.status); });
}

kj::Promise<BlockStanding> IpcQuestions::find_block(const bitcoin::BlockHash& hash) {
    if (!client_.has_rpc()) return BlockStanding{};
    return rpc("getblockheader", json::array({hash.value.to_be_hex()}))
        .then([](json&& header) { return read_block_header(header); },
              [](kj::Exception&&) { return BlockStanding{}; });
}

kj::Promise<json> IpcQuestions::rpc(std::string_view rpc_method, json params) {
    const json request{
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", rpc_method}, {"params", std::move(params)}};
    return client_.execute_rpc(request.dump()).then([](std::string&& text) {
        const auto answer = json::parse(text, nullptr, false);
        return answer.is_object() ? answer.value("result", json{}) : json{};
    });
}

}  // namespace templates
