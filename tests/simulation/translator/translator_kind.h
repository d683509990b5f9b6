#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "simulation/chance.h"
#include "translator/aggregate_settings.h"
#include "translator/config.h"
#include "translator/miner_settings.h"
#include "translator/pools_settings.h"

namespace simulation {

/// How a translator is configured, for a whole run.
struct TranslatorKind {
    translator::Mode mode{};
    translator::MinerSettings miners{};
    translator::PoolsSettings pools{};
    translator::AggregateSettings aggregate{};
    translator::FrontLimits limits{};

    /// What a gateway is told of a miner's shares: whose they are, and by which worker.
    std::string account_of(const std::string& user) const;
    std::string worker_of(const std::string& user) const;
};

/// The name of a pool behind which any gateway may be, each time another.
inline constexpr const char* any_gateway = "pool";

/// What the shares of a translator's miners are worth.
struct TranslatorWorth {
    double hashes_a_share{};  ///< of a miner that says nothing
    double shares_a_minute{};
    double easiest{};  ///< hashes; no share takes fewer
};

/// Mode, layout, identities and the order of its pools are by chance.
TranslatorKind some_translator(Chance& chance, const std::string& name,
                               const std::vector<std::string>& gateways,
                               const TranslatorWorth& worth);

}  // namespace simulation
