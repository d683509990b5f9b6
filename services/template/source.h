#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "template/candidate.h"

namespace templates {

/// What a node says of a block.
struct SubmitAnswer {
    enum class Kind {
        accepted,
        duplicate,    ///< it has the block already
        rejected,     ///< for good, with a reason
        unreachable,  ///< no answer: ask again
    };
    Kind kind{};
    /// In the node's own words (BIP 22): "high-hash", "inconclusive".
    std::string reason{};
    friend bool operator==(const SubmitAnswer&, const SubmitAnswer&) = default;
};

/// Where templates come from and blocks go to. Owned and called by the loop; callbacks run on it.
class Source {
  public:
    struct Callbacks {
        /// A new candidate: a new tip, or better transactions.
        std::function<void(Candidate)> on_candidate{};
        /// Whether the source can do its job now, and why not.
        std::function<void(bool is_reachable, std::string_view why)> on_state{};
        /// It never will, as configured: the service stops and says why.
        std::function<void(std::string_view why)> on_unusable{};
    };
    using OnSubmitted = std::function<void(SubmitAnswer)>;

    virtual ~Source() = default;

    /// Of the metric: "devchain".
    virtual std::string_view name() const = 0;
    virtual void start(Callbacks callbacks) = 0;
    /// The callback runs once, also when nobody answers in time.
    virtual void submit_block(base::Bytes block, OnSubmitted on_submitted) = 0;

  protected:
    Source() = default;
    Source(const Source&) = default;
    Source& operator=(const Source&) = default;
};

}  // namespace templates
