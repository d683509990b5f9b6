#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/uint256.h"
#include "mining/block_template.h"
#include "template/ipc_dialect.h"
#include "template/source.h"

namespace templates {

/// The fields of a coinbase that a node decides, as its Mining interface gives them.
struct IpcCoinbase {
    std::uint32_t version{};
    std::uint32_t sequence{};
    base::Bytes script_sig_prefix{};
    base::Bytes witness{};  ///< the reserved value that goes with a commitment; empty: none
    std::int64_t block_reward_remaining{};        ///< satoshi
    std::vector<base::Bytes> required_outputs{};  ///< each serialised; they stand last
    std::uint32_t lock_time{};
    friend bool operator==(const IpcCoinbase&, const IpcCoinbase&) = default;
};

/// What a node says of one of its templates.
struct IpcTemplate {
    base::Bytes header{};
    IpcCoinbase coinbase{};
    std::vector<base::Bytes> merkle_path{};
};

/// What a node says of a block or a solution. Before version 32 there is no reason.
struct IpcVerdict {
    bool is_accepted{};
    std::string reason{};
    std::string debug{};
};

/// What the calls to a node fail with, in words for the log and the health page.
using Fault = std::string;

/// The template that these fields are; its ntime is the node's clock, or the earliest that
/// consensus allows if that is later. Pure, like all below. Errors: what is wrong, for the log.
base::Result<mining::BlockTemplate, Fault> read_ipc_template(const IpcTemplate& fields);

/// The same fields from the dummy coinbase that version 30 gives instead of them: its first output
/// stands for ours and has the whole reward.
base::Result<IpcCoinbase, Fault> read_dummy_coinbase(base::ByteView transaction);

/// The transactions of a template's block, whose coinbase is a dummy. Errors: they are not what
/// the template's merkle path is made of, or this is no block.
base::Result<Transactions, Fault> read_ipc_block(base::ByteView block,
                                                 const mining::BlockTemplate& of);

/// The coinbase of a whole block, with its witness, as it stands there. Errors: it is no block.
base::Result<base::ByteView, Fault> coinbase_of(base::ByteView block);

/// What a node's verdict means. A block that the node has already is a duplicate; one that it has
/// but does not build on, or could not check to the end, is "inconclusive".
SubmitAnswer read_verdict(const IpcVerdict& verdict);

/// What the yes or no of versions before 32 means, by the tip that the node has afterwards: they
/// say yes to every block that they store, whether they had it already, and whether it is good to
/// build on or not. Pure.
SubmitAnswer read_old_verdict(bool is_taken, const bitcoin::BlockHash& block, std::uint32_t height,
                              const std::optional<bitcoin::BlockHash>& tip,
                              std::uint32_t tip_height);

/// The same words with what to do about them, where that is known.
Fault with_cure(Fault words);

/// Why a node is not of the configured network, by what its Mining interface tells: main chain or
/// not, and the target of a block, which is regtest's or not. The other test chains look alike.
std::optional<Fault> network_fault(bitcoin::Network configured, bool is_test_chain,
                                   std::optional<std::uint32_t> nbits);

/// Fills in what these answers of a node's RPC methods tell; what they lack stays as it is.
void read_blockchain_info(const nlohmann::json& result, NodeStatus& into);
BlockStanding read_block_header(const nlohmann::json& result);

}  // namespace templates
