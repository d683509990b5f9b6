#include "ledger/block_history.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace ledger {
namespace {

bool is_of_chain(std::string_view event) {
    return event == "in_chain" || event == "confirmed" || event == "orphaned";
}
bool is_loss(std::string_view event) {
    return event == "rejected" || event == "given_up";
}

}  // namespace

BlockHistory history_of(std::vector<BlockEntry> entries) {
    std::ranges::stable_sort(entries, {}, &BlockEntry::at);
    BlockHistory block;
    block.first = entries.front();
    std::set<std::string> replicas;
    std::set<std::string> lost_at;
    std::string chain;
    bool is_submitted = false;
    bool has_it = false;
    for (const auto& entry : entries) {
        replicas.insert(entry.replica);
        if (is_of_chain(entry.event)) chain = entry.event;
        if (entry.node.empty()) {
            if (!is_loss(entry.event)) continue;
            lost_at.insert(entry.replica);
            block.state = entry.event;
            block.reason = entry.reason;
            continue;
        }
        auto& said = block.answers[{entry.replica, entry.node}];
        // A replay of the question does not take back the answer.
        if (entry.event == "submitted" && !said.answer.empty()) continue;
        said = {entry.event, entry.reason};
        is_submitted = true;
        has_it |= entry.event == "accepted" || entry.event == "side_branch";
    }
    const bool is_lost = !lost_at.empty() && lost_at == replicas;
    if (!chain.empty())
        block.state = chain;
    else if (has_it)
        block.state = "accepted";
    else if (!is_lost)
        block.state = is_submitted ? "submitted" : "found";
    if (block.state != "rejected" && block.state != "given_up") block.reason.clear();
    return block;
}

std::vector<BlockHistory> histories_of(const std::vector<BlockEntry>& entries) {
    std::map<bitcoin::BlockHash, std::vector<BlockEntry>> by_block;
    for (const auto& entry : entries) by_block[entry.hash].push_back(entry);
    std::vector<BlockHistory> blocks;
    blocks.reserve(by_block.size());
    for (auto& [hash, of_block] : by_block) blocks.push_back(history_of(std::move(of_block)));
    std::ranges::stable_sort(blocks, std::greater{},
                             [](const auto& block) { return block.first.found_at; });
    return blocks;
}

}  // namespace ledger
