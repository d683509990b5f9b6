#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/histogram.h"

namespace loadgen {

/// What is counted of SV2 miners beside what Statistics counts of all.
struct Sv2Statistics {
    /// A connection that ended against the miner's will, or because the pool asked for it.
    struct Reconnect {
        base::SteadyTime at{};
        bool is_asked = false;
        std::optional<base::SteadyTime> works_again{};
        std::optional<base::SteadyTime> accepted_again{};  ///< the first honest share since
    };
    /// A miner had work, lost it or its connection, and had none until then.
    struct WithoutWork {
        std::string miner{};
        base::SteadyTime from{};
        base::SteadyTime to{};
    };

    double share_rate = 0;  ///< as asked for
    std::uint64_t channels_opened = 0;
    std::map<std::string, std::uint64_t> channels_refused{};  ///< by reason
    Histogram late{};  ///< shares behind their moment when they left: our own slowness
    std::vector<Reconnect> reconnects{};
    std::vector<WithoutWork> without_work{};  ///< those above 5 s
    base::SteadyTime::duration longest_without_work{};

    void add_without_work(WithoutWork without);
    nlohmann::ordered_json summary(
        base::SteadyTime started,
        const std::function<std::int64_t(base::SteadyTime)>& unix_us) const;
};

}  // namespace loadgen
