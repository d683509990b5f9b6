#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "bitcoin/sha256.h"
#include "translator/channels.h"

namespace translator {

/// What all miners have in common that hash the same job on the same tip.
struct SharedJob {
    std::shared_ptr<const JobParts> parts{};  ///< without witness, whatever the pool sent
    std::shared_ptr<const Tip> tip{};
    std::shared_ptr<const JobParts> given{};  ///< by the pool; mostly the same
    bitcoin::Sha256 begun{};  ///< of coinbase_prefix: the rest of a coinbase is hashed per share
};

/// Makes one SharedJob of what many channels are told, as long as any miner has it. Owned by the
/// MinerContext.
class SharedJobs {
  public:
    std::shared_ptr<const SharedJob> share(const std::shared_ptr<const JobParts>& parts,
                                           const std::shared_ptr<const Tip>& tip);
    std::size_t size() const { return jobs_.size(); }

  private:
    // Addresses name a job as long as it lives, because it holds what is there.
    using Key = std::pair<const JobParts*, const Tip*>;
    void forget_unused();

    boost::unordered_flat_map<Key, std::weak_ptr<const SharedJob>> jobs_{};
    std::size_t forget_at_{16};
};

}  // namespace translator
