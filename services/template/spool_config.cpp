#include "template/spool_config.h"

namespace templates {

SpoolConfig read_spool_config(service::TableReader table) {
    SpoolConfig config;
    config.folder = table.path("directory");
    auto& spool = config.spool;
    // Settled blocks that stay: years of a pool, a few megabytes of a development chain.
    spool.settled_max =
        table.integer_in_range<std::size_t>("settled_max", spool.settled_max, 1, 1'000'000);
    // When a coinbase can be spent.
    spool.confirmations =
        table.integer_in_range<std::uint32_t>("confirmations", spool.confirmations, 1, 1'000);
    // No chain was ever reorganised so deep.
    spool.give_up_tips =
        table.integer_in_range<std::uint32_t>("give_up_tips", spool.give_up_tips, 6, 10'000);
    config.stream_length_max = table.integer_in_range<std::size_t>(
        "stream_length_max", config.stream_length_max, 100, 100'000'000);
    return config;
}

}  // namespace templates
