#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/target.h"

namespace devnode {

/// What happened to the chain. The same ones in the same order make the same chain.
struct ChainEvent {
    enum class Kind { start, block, others_block, transaction, take_back };
    Kind kind{};
    base::UnixMicros at{};
    base::Bytes block{};        ///< of a block
    bitcoin::BlockHash hash{};  ///< of what is taken back
    friend bool operator==(const ChainEvent&, const ChainEvent&) = default;
};

/// A line: the kind, microseconds of unix time, and in hexadecimal what belongs to it.
std::string encode_event(const ChainEvent& event);

/// A file of events, so that a node that ends, however it ends, goes on where it was.
class ChainFile {
  public:
    /// An empty path is no file: nothing is read or kept. Errors: throws std::runtime_error when it
    /// cannot be read or written, and names the line that is none.
    explicit ChainFile(const std::string& path);

    /// What it had when it was opened. A last line that was cut off is not part of it.
    const std::vector<ChainEvent>& events() const { return events_; }

    /// The kernel has it when this returns.
    void append(const ChainEvent& event);

  private:
    std::string path_;
    std::vector<ChainEvent> events_{};
    std::ofstream file_{};
};

}  // namespace devnode
