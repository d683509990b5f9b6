#pragma once

#include "bus/batch.h"
#include "gateway/effects.h"

namespace gateway {

using ConnectionId = base::StrongId<struct ConnectionIdTag, std::uint64_t>;

/// Where connections leave what needs judgement or must be written down. Bounded: who finds it
/// full stops reading its socket until drained() of the front is called.
class ShareSink {
  public:
    virtual ~ShareSink() = default;
    virtual bus::Partition partition_of(ConnectionId connection) const = 0;
    virtual bool is_full(bus::Partition partition) const = 0;
    /// Takes the shares, then the events, in their order.
    virtual void take(ConnectionId connection, bus::Partition partition,
                      const Effects& effects) = 0;

  protected:
    ShareSink() = default;
    ShareSink(const ShareSink&) = default;
    ShareSink& operator=(const ShareSink&) = default;
};

}  // namespace gateway
