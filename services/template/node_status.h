#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "bitcoin/uint256.h"
#include "template/source.h"

namespace templates {

/// A block as getblockheader tells it.
struct BlockInfo {
    bitcoin::BlockHash hash{};
    std::int64_t confirmations{};  ///< 1: the tip; -1: not in the chain
    std::uint32_t height{};
    std::uint32_t time{};
    std::uint32_t median_time{};  ///< of it and the ten before it
    std::uint32_t nbits{};
    friend bool operator==(const BlockInfo&, const BlockInfo&) = default;
};

/// Errors: what is missing, for the log.
base::Result<BlockInfo, std::string> read_block_info(const nlohmann::json& answer);

/// A hash as nodes print it; nothing for anything else.
std::optional<bitcoin::BlockHash> read_hash(const nlohmann::json& answer);

/// Puts what getblockchaininfo tells into the status. What it does not tell stays as it was while
/// the tip stays; with another tip, its time is not known.
void read_chain_info(const nlohmann::json& answer, NodeStatus& status);

/// The same of getnetworkinfo.
void read_network_info(const nlohmann::json& answer, NodeStatus& status);

/// The fees of all transactions that the node knows, in satoshi; of getmempoolinfo.
std::optional<std::uint64_t> read_mempool_fees(const nlohmann::json& answer);

/// Where the node publishes "hashblock" by ZeroMQ, of getzmqnotifications, as seen from here:
/// `node_host` stands for its "any address". Nothing where it does not, or only to its own machine.
std::optional<std::string> read_zmq_endpoint(const nlohmann::json& answer,
                                             std::string_view node_host);

}  // namespace templates
