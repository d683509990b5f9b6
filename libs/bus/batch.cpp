#include "bus/batch.h"

#include "bus/mix.h"

namespace bus {

Partition partition_of(mining::Epoch epoch, std::uint64_t connection, std::uint32_t partitions) {
    return Partition{static_cast<std::uint32_t>(mix(epoch.value ^ mix(connection)) % partitions)};
}

}  // namespace bus
