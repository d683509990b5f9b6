#include "template/node_advice.h"

#include <fmt/format.h>

namespace templates {
namespace {

// Bitcoin Core's codes, rpc/protocol.h.
constexpr int invalid_parameter = -8;
constexpr int not_connected = -9;
constexpr int in_initial_download = -10;
constexpr int in_warm_up = -28;
constexpr int method_not_found = -32601;

std::string advise_refused(std::string_view method, const NodeError& error) {
    switch (error.code) {
        case not_connected:
            return fmt::format(
                "the node has no peers, so its tip may be old ({}); cure: check its network, "
                "its firewall and its addnode=",
                error.message);
        case in_initial_download:
            return fmt::format(
                "the node is in its initial block download ({}); it gives templates when it has "
                "caught up",
                error.message);
        case in_warm_up:
            return fmt::format("the node is starting ({}); it answers when it is done",
                               error.message);
        case method_not_found:
            return fmt::format("the node has no {}: it is no full node that miners can use",
                               method);
        case invalid_parameter:
            return fmt::format("{}: {} ({}); is the node newer than this pool?", method,
                               error.message, error.code);
        case 0: return fmt::format("{}: {}", method, error.message);
        default: return fmt::format("{}: {} ({})", method, error.message, error.code);
    }
}

}  // namespace

std::string to_text(const NodeUrl& url) {
    const bool is_v6 = url.host.find(':') != std::string::npos;
    const auto host = is_v6 ? fmt::format("[{}]", url.host) : url.host;
    return fmt::format("http://{}:{}{}", host, url.port, url.path);
}

std::string advise(std::string_view method, const NodeError& error, const NodeUrl& url) {
    using Kind = NodeError::Kind;
    switch (error.kind) {
        case Kind::no_connection:
            return fmt::format(
                "nobody listens at {} ({}); is the node running, with server=1, and is its "
                "rpcport {}? From another machine it also needs rpcbind and rpcallowip",
                to_text(url), error.message, url.port);
        case Kind::no_answer:
            return fmt::format(
                "{} does not answer {} ({}); if it goes on, is {} its rpcport, and not the port of "
                "its peers?",
                to_text(url), method, error.message, url.port);
        case Kind::no_rpc:
            return fmt::format("what answers at {} is no node's JSON-RPC ({}); is {} its rpcport?",
                               to_text(url), error.message, url.port);
        case Kind::busy:
            return fmt::format(
                "the node is too busy for {} ({}); cure: raise its rpcworkqueue and "
                "rpcthreads, or ask it for less",
                method, error.message);
        case Kind::unauthorised:
            return fmt::format(
                "node {} refuses our credentials ({}): check its cookie_file, or its user and "
                "password_file",
                to_text(url), error.message);
        case Kind::forbidden:
            return fmt::format(
                "node {} does not let us call {} ({}); cure: its rpcallowip must name this "
                "machine, and its rpcwhitelist, if there is one, our methods",
                to_text(url), method, error.message);
        case Kind::refused: return advise_refused(method, error);
    }
    return error.message;
}

std::string_view cure_of_refusal(std::string_view reason) {
    if (reason == "bad-cb-amount")
        return "its coinbase pays more than subsidy and fees: is \"network\" that of the node?";
    if (reason == "bad-blk-weight" || reason == "bad-blk-length")
        return "its coinbase does not fit beside the node's transactions: raise the node's "
               "blockreservedweight or this node's coinbase_weight, or pay fewer outputs";
    if (reason == "bad-blk-sigops")
        return "its coinbase has too many signature operations: pay addresses instead of old "
               "scripts";
    if (reason == "time-too-new" || reason == "time-too-old")
        return "compare the clocks of the node, of this machine and of the miner";
    if (reason == "bad-diffbits")
        return "the difficulty has changed since the template: expected on test networks";
    if (reason == "bad-signet-blksig") return "only who has the signet's key may mine on it";
    return {};
}

}  // namespace templates
