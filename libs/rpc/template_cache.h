#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "mining/block_template.h"

namespace rpc {

/// The templates of the recent tips, of any epoch: a share may still come for each of them.
/// An older epoch only stops being handed out (architecture D12). Pure state, bounded.
class TemplateCache {
  public:
    struct Limits {
        std::size_t tips = 32;                ///< shares that wait for the ledger may be so old
        std::size_t templates_per_tip = 256;  ///< two hours of a tip at one each 30 s
    };

    explicit TemplateCache(Limits limits) : limits_(limits) {}
    TemplateCache() : TemplateCache(Limits{}) {}

    /// Keeps a template; what is too much leaves, the lowest refs first.
    void insert(mining::BlockTemplate block_template);

    /// Makes the template the one to hand out, unless a newer one is already, or it is not here.
    /// True when that changed something.
    bool advance_to(mining::TemplateRef ref);

    /// The template to work on; null before the first.
    const mining::BlockTemplate* current() const;
    /// Null when it is not held. Valid until the next insert().
    const mining::BlockTemplate* find(mining::TemplateRef ref) const;
    std::size_t size() const { return templates_.size(); }

  private:
    struct Tip {
        bitcoin::BlockHash prev_hash{};
        mining::TemplateRef newest{};
        std::size_t templates = 0;
    };
    void drop_oldest_of(const bitcoin::BlockHash& prev_hash);
    void drop_oldest_tip();

    Limits limits_;
    std::map<mining::TemplateRef, mining::BlockTemplate> templates_{};
    std::vector<Tip> tips_{};
    mining::TemplateRef current_{};
};

}  // namespace rpc
