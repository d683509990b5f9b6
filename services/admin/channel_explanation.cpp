#include "admin/channel_explanation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "rpc/vardiff_words.h"

namespace admin {

namespace vardiff = adit::vardiff::v1;

adit::admin::v1::ExplainChannelResponse to_explanation(const vardiff::ExplainResponse& explained) {
    adit::admin::v1::ExplainChannelResponse response;
    response.set_believed_hash_rate(explained.hash_rate());
    response.set_aimed_hash_rate(explained.aimed_hash_rate());
    response.set_wanted_shares_per_minute(explained.policy().shares_per_minute());
    for (const auto& entry : explained.history())
        response.add_history(
            fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}",
                        fmt::gmtime(static_cast<std::time_t>(entry.at_us() / 1'000'000)),
                        rpc::history_text(entry)));
    for (const auto& chart : explained.charts()) {
        auto& evidence = *response.add_evidence();
        evidence.set_ratio(chart.ratio());
        evidence.set_statistic(chart.statistic());
        evidence.set_threshold(chart.threshold());
    }
    return response;
}

}  // namespace admin
