#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "translator/miner_status.h"

namespace translator {

/// One pool as an operator sees it.
struct PoolRow {
    std::string address{};  ///< host:port
    std::string user_identity{};
    bool is_serving{};    ///< the miners' channels are there
    std::string state{};  ///< in words: "connected", or why not, with the cure
    std::size_t connections{};
    std::size_t channels{};
};

/// One miner's connection.
struct MinerRow {
    std::string peer{};  ///< address and port
    MinerStatus status{};
};

/// What the status page shows, at one moment.
struct Status {
    std::string mode{};
    std::string not_ready{};  ///< why; empty when ready
    std::uint64_t shares_accepted{};
    std::uint64_t shares_rejected{};
    double hash_rate_hps{};  ///< of the miners that are shown or not
    std::size_t miners_connected{};
    std::size_t miners_found{};  ///< by the search
    std::vector<PoolRow> pools{};
    std::vector<MinerRow> miners{};  ///< at most as many as were asked for
};

/// What `?miner=TEXT&limit=N` asks for.
struct StatusQuery {
    static constexpr std::size_t limit_default = 100;
    static constexpr std::size_t limit_max = 1000;
    std::string miner{};  ///< part of a worker's name, an agent or an address; empty: everyone
    std::size_t limit{limit_default};

    bool finds(std::string_view peer, const MinerStatus& status) const;
};
StatusQuery read_status_query(std::string_view query);

/// A whole document; needs no script, and loads nothing.
std::string status_html(const Status& status, const StatusQuery& query, base::SteadyTime now);
/// The same for machines. Times are seconds before now.
std::string status_json(const Status& status, base::SteadyTime now);

}  // namespace translator
