#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/header.h"
#include "bitcoin/target.h"
#include "sv2/ids.h"

namespace miner {

/// What an extended job is built from; shared by all channels of a group.
struct Coinbase {
    base::Bytes prefix{};
    base::Bytes suffix{};
    std::vector<bitcoin::Uint256> merkle_path{};  ///< deepest first
};

/// What a header's merkle root comes from: finished, or a coinbase still to be completed with the
/// extranonce.
using RootSource = std::variant<bitcoin::Uint256, std::shared_ptr<const Coinbase>>;

/// What a channel is to hash now. A value: made by the client, read by the hashers.
struct Work {
    std::uint64_t connection{};  ///< counts our connections, so that shares of a lost one are known
    std::size_t channel{};       ///< our own index, the same after every reconnect
    std::uint64_t tip{};         ///< counts the tips of this channel
    sv2::JobId job_id{};
    std::uint32_t version{};
    std::uint32_t version_mask{};  ///< the bits of the version that we may roll
    bitcoin::BlockHash prev_hash{};
    std::uint32_t nbits{};
    std::uint32_t min_ntime{};
    base::SteadyTime ntime_since{};  ///< ntime may run ahead of min_ntime by the time since then
    bitcoin::Target target{};        ///< frozen when the job became active
    RootSource root{};
    base::Bytes extranonce_prefix{};
    std::size_t extranonce_size{};  ///< bytes that we roll; 0 on a standard channel
};

/// A header that meets its job's target.
struct FoundShare {
    std::uint64_t connection{};
    std::size_t channel{};
    std::uint64_t tip{};
    sv2::JobId job_id{};
    bitcoin::Header header{};
    bitcoin::BlockHash hash{};
    bitcoin::Target target{};
    base::Bytes extranonce_prefix{};
    base::Bytes extranonce{};
};

}  // namespace miner
