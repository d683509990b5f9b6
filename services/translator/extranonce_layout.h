#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "mining/extranonce.h"
#include "sv1/call.h"

namespace translator {

/// Where the pool's extranonce_prefix stands in what a miner is told (docs/adr/0021).
enum class PrefixIn {
    extranonce1,  ///< extranonce1 = prefix, slack
    coinbase1,    ///< coinb1 ends with the prefix and the slack; extranonce1 is ours
};

/// Our own extranonce1 where the prefix stands in coinb1.
inline constexpr std::size_t own_extranonce1_size = 4;

/// How a channel's extranonce is cut up for its miner. The coinbase is, byte for byte,
///
///     coinbase_prefix | coinbase1_tail | extranonce1 | extranonce2 | coinbase_suffix
///
/// and what stands between the parts of the job is the pool's prefix followed by the bytes that we
/// roll: `head` and extranonce2 (reference 6.7). Immutable; the jobs of a channel share it.
struct ExtranonceLayout {
    std::shared_ptr<const base::Bytes> prefix{};  ///< the pool's
    std::size_t rolled_size{};                    ///< head and extranonce2 together
    base::Bytes coinbase1_tail{};
    sv1::ExtranonceBytes extranonce1{};
    mining::Extranonce head{};
    std::size_t extranonce2_size{};
};

/// What the miner is to be told. `own` is our extranonce1, for PrefixIn::coinbase1; fewer of its
/// bytes are used where the pool grants less than it and extranonce2 need. extranonce1 is never
/// empty, because cgminer refuses that. Nothing when the pool grants too little for any layout, or
/// more than 32 bytes in all.
std::optional<ExtranonceLayout> lay_out(PrefixIn prefix_in,
                                        std::shared_ptr<const base::Bytes> prefix,
                                        std::size_t rolled_size, const sv1::ExtranonceBytes& own,
                                        std::size_t extranonce2_size);

/// The bytes to ask a pool for.
std::size_t wanted_extranonce_size(PrefixIn prefix_in, std::size_t extranonce2_size);

}  // namespace translator
