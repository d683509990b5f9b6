#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "aditctl/payout_input.h"
#include "aditctl/time_range.h"
#include "payout/fpps.h"

namespace aditctl {

/// One block of a PPLNS report: how it is divided, unless it pays nothing.
struct PplnsLine {
    KnownBlock known{};
    std::optional<payout::PplnsBlock> paid{};
};

struct PplnsReport {
    TimeRange time{};
    payout::PplnsRules rules{};
    std::vector<PplnsLine> blocks{};
    std::vector<std::string> miners{};
};

struct FppsReport {
    TimeRange time{};
    payout::FppsRules rules{};
    /// How many blocks the fees are the average of; 0: they were given, or are not known.
    std::size_t blocks = 0;
    payout::Fpps paid{};
    std::vector<std::string> miners{};
};

/// An object with everything; amounts in satoshi, scores as decimal numbers in units of 2^-32.
nlohmann::ordered_json to_json(const PplnsReport& report);
nlohmann::ordered_json to_json(const FppsReport& report);
/// Tables for a reader.
std::string to_text(const PplnsReport& report);
std::string to_text(const FppsReport& report);

}  // namespace aditctl
