#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "ledger/durability.h"
#include "service/config.h"
#include "template/block_stream.h"
#include "template/spool.h"

namespace templates {

/// A block that no node has taken for so long is worth waking an operator for.
inline constexpr std::chrono::seconds block_wait_max{10};

/// The table [spool].
struct SpoolConfig {
    std::filesystem::path folder{};
    Spool::Settings spool{};
    std::size_t stream_length_max = BlockStream::Settings{}.length_max;

    BlockStream::Settings stream(const ledger::Durability& durability) const {
        return {.length_max = stream_length_max, .durability = durability};
    }
};

/// What is wrong is written down for ConfigReader::finish().
SpoolConfig read_spool_config(service::TableReader table);

}  // namespace templates
