#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace edge {

/// Empty buffers for those who have something to send, so that idle connections hold none and busy
/// ones do not allocate. Owned by a front, on its loop.
class SpareBuffers {
  public:
    base::Bytes take() {
        if (buffers_.empty()) return {};
        auto buffer = std::move(buffers_.back());
        buffers_.pop_back();
        return buffer;
    }
    void give_back(base::Bytes buffer) {
        const auto size = buffer.capacity();
        if (size == 0 || size > size_max || buffers_.size() >= count_max) return;
        buffer.clear();
        buffers_.push_back(std::move(buffer));
    }

  private:
    // Kept for the next: as many as one pass of the loop often needs, of a size that an answer or a
    // job has. 1 MiB in all.
    static constexpr std::size_t count_max = 256;
    static constexpr std::size_t size_max = 4096;

    std::vector<base::Bytes> buffers_{};
};

}  // namespace edge
