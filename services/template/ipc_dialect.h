#pragma once

#include <cstdint>
#include <string_view>

namespace templates {

/// Which Mining interface a node speaks, by the release of Bitcoin Core that brought it.
enum class MiningDialect {
    core_30,  ///< the first
    core_31,  ///< other numbers and layouts under the same ids
    core_32,  ///< adds submitBlock, the reason of a refusal, and the node's RPC methods
};

constexpr std::string_view name(MiningDialect dialect) {
    switch (dialect) {
        case MiningDialect::core_30: return "Bitcoin Core 30";
        case MiningDialect::core_31: return "Bitcoin Core 31";
        case MiningDialect::core_32: return "Bitcoin Core 32";
    }
    return "";
}

/// Interfaces and methods of Bitcoin Core's sockets, as calls name them.
namespace method {

using InterfaceId = std::uint64_t;
using MethodId = std::uint16_t;

inline constexpr InterfaceId init = 0x8838c700ba5cba65;
inline constexpr MethodId construct = 0;
inline constexpr MethodId make_mining_30 = 2;  ///< refused by later versions
inline constexpr MethodId make_mining = 3;
inline constexpr MethodId make_rpc = 4;  ///< since 32

inline constexpr InterfaceId thread_map = 0xee5e37179ad9dc9d;
inline constexpr MethodId make_thread = 0;

inline constexpr InterfaceId mining = 0xf9c68436df3af39e;
inline constexpr MethodId is_test_chain = 0;
inline constexpr MethodId is_initial_block_download = 1;
inline constexpr MethodId get_tip = 2;
inline constexpr MethodId wait_tip_changed = 3;
inline constexpr MethodId create_new_block = 4;
inline constexpr MethodId submit_block = 7;              ///< since 32
inline constexpr MethodId get_transactions_by_txid = 8;  ///< since 32

inline constexpr InterfaceId rpc = 0xacb1d37f0a713129;
inline constexpr MethodId execute_rpc = 0;

inline constexpr InterfaceId block_template = 0xf9671ad841b2f622;
inline constexpr MethodId destroy = 0;
inline constexpr MethodId get_block_header = 1;
inline constexpr MethodId get_block = 2;
inline constexpr MethodId get_coinbase_tx = 5;  ///< 30: the dummy coinbase, serialised

}  // namespace method

/// The numbers of a template's methods that are not the same in all versions.
struct TemplateMethods {
    method::MethodId get_coinbase_merkle_path{};
    method::MethodId submit_solution{};
    method::MethodId wait_next{};
};

constexpr TemplateMethods template_methods(MiningDialect dialect) {
    switch (dialect) {
        case MiningDialect::core_30:
            return {.get_coinbase_merkle_path = 8, .submit_solution = 9, .wait_next = 10};
        case MiningDialect::core_31:
            return {.get_coinbase_merkle_path = 6, .submit_solution = 7, .wait_next = 8};
        case MiningDialect::core_32:
            return {.get_coinbase_merkle_path = 6, .submit_solution = 10, .wait_next = 8};
    }
    return {};
}

}  // namespace templates
