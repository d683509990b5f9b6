#pragma once

#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "template/source.h"

namespace templates {

/// What becomes of the solutions that were sent to a template provider, which answers none of them
/// (Sv2 7.7): a tip that is the block says that it was accepted, over connections; silence for a
/// while says nothing, as long as the tip is the one that the block builds on; and silence while
/// another block took that place, that it lost. Pure.
class TdpSubmissions {
  public:
    /// A node has a block for its tip in a second or two.
    static constexpr std::chrono::seconds patience{5};

    struct Answer {
        Source::OnSubmitted to{};
        SubmitAnswer answer{};
    };
    using Answers = std::vector<Answer>;

    /// Whether the node has named this block as its tip.
    bool was_tip(const bitcoin::BlockHash& hash) const;
    /// The last one that it named.
    std::optional<bitcoin::BlockHash> tip() const;

    /// The solution is on its way.
    void sent(const bitcoin::BlockHash& hash, const bitcoin::BlockHash& built_on,
              base::SteadyTime now, Source::OnSubmitted on_submitted);

    Answers on_tip(const bitcoin::BlockHash& tip);
    Answers on_time(base::SteadyTime now);
    /// The connection is gone.
    Answers on_lost(std::string_view why);

  private:
    struct Pending {
        bitcoin::BlockHash hash{};
        bitcoin::BlockHash built_on{};
        base::SteadyTime sent_at{};
        Source::OnSubmitted to{};
    };

    std::deque<bitcoin::BlockHash> tips_{};  // the newest last
    std::list<Pending> pending_{};
};

}  // namespace templates
