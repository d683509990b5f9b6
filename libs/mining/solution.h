#pragma once

#include "base/bytes.h"
#include "bitcoin/header.h"
#include "mining/block_template.h"
#include "mining/ids.h"
#include "mining/job.h"
#include "mining/share.h"

namespace mining {

/// All that turns a template into a block.
struct Solution {
    TemplateRef template_ref{};
    bitcoin::HeaderBytes header{};
    base::Bytes coinbase{};  ///< whole, with its witness where the template has a commitment
    friend bool operator==(const Solution&, const Solution&) = default;
};

/// The header that a share stands for (Sv2 5.3.11); `merkle_root` is of its coinbase.
bitcoin::Header share_header(const SubmittedShare& share, const BlockTemplate& block_template,
                             const bitcoin::Uint256& merkle_root);

/// For a share whose judgement says that it solves a block.
Solution make_solution(const SubmittedShare& share, const JobRecord& record,
                       const BlockTemplate& block_template, const JobCoinbase& coinbase);

}  // namespace mining
