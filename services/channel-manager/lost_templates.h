#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

#include "mining/ids.h"

namespace channel_manager {

/// Templates whose blocks were given up because no replica can build them. The next block of such a
/// one, or the same share once more, is tried, but makes nobody wait as long again.
class LostTemplates {
  public:
    /// Of those that miners still work on there are few; the oldest go first.
    static constexpr std::size_t most = 64;

    void add(mining::TemplateRef ref) {
        if (contains(ref)) return;
        if (refs_.size() == most) refs_.pop_front();
        refs_.push_back(ref);
    }
    bool contains(mining::TemplateRef ref) const {
        return std::ranges::find(refs_, ref) != refs_.end();
    }

  private:
    std::deque<mining::TemplateRef> refs_{};
};

}  // namespace channel_manager
