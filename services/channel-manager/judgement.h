#pragma once

#include <string>
#include <vector>

#include "bus/batch.h"
#include "channel-manager/open_policy.h"
#include "mining/job_cache.h"
#include "mining/solution.h"
#include "share_log/record.h"

namespace channel_manager {

/// Where templates are looked up. What it returns is valid until the loop's next turn.
class Templates {
  public:
    virtual ~Templates() = default;
    /// Null when it is not held (yet).
    virtual const mining::BlockTemplate* find(mining::TemplateRef ref) const = 0;
    /// Has one that is not held looked for. True: it is nowhere to be had.
    virtual bool seek(mining::TemplateRef /*ref*/) const { return false; }

  protected:
    Templates() = default;
    Templates(const Templates&) = default;
    Templates& operator=(const Templates&) = default;
};

/// A block that is in a batch.
struct FoundBlock {
    mining::Solution solution{};
    bitcoin::BlockHash hash{};
    mining::ChannelKey channel{};
    std::string user_identity{};  ///< of that channel
    friend bool operator==(const FoundBlock&, const FoundBlock&) = default;
};

/// What a worker alone can say about a batch.
struct Judgement {
    /// Before the ledger looked for duplicates.
    bus::Result result{};
    /// One for each share.
    std::vector<share_log::ShareHash> hashes{};
    /// The tip of each share's job; zero where its template is not known.
    std::vector<bitcoin::BlockHash> tips{};
    /// Of the batch's jobs, each once, as far as they are known.
    std::vector<share_log::TemplateFacts> templates{};
    /// Each block once, whatever the verdicts on its shares.
    std::vector<FoundBlock> blocks{};
    /// Shares whose template is not known.
    std::size_t unjudged = 0;
};

/// The templates that the batch's shares are judged by and that are not there.
std::vector<mining::TemplateRef> missing_templates(const bus::Batch& batch,
                                                   const Templates& templates);

/// Has all of them looked for. True: none of them is to be had anywhere.
bool are_lost(const std::vector<mining::TemplateRef>& missing, const Templates& templates);

/// Judges every share (hash first) and decides every ChannelOpen. The same batch, templates and
/// policy always give the same judgement. A share whose template is not there is stale: nobody
/// in the pool works on it any more, and nobody can say what it hashes to.
Judgement judge(const bus::Batch& batch, const Templates& templates, const OpenPolicy& policy,
                mining::JobCache& cache);

/// The blocks among the shares, and how many could not be hashed for want of a template.
struct BlocksFound {
    std::vector<FoundBlock> blocks{};
    std::size_t unhashed = 0;
};
BlocksFound find_blocks(const bus::Batch& batch, const Templates& templates,
                        mining::JobCache& cache);

}  // namespace channel_manager
