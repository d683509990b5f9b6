#include "admin/block_source.h"

#include <algorithm>

#include "admin/moments.h"
#include "ledger/block_history.h"
#include "ledger/keys.h"

namespace admin {
namespace {

constexpr std::size_t page_size = 1'000;

proto::Block::State state_of(std::string_view state) {
    using Block = proto::Block;
    if (state == "accepted") return Block::STATE_ACCEPTED;
    if (state == "rejected") return Block::STATE_REJECTED;
    if (state == "given_up") return Block::STATE_GIVEN_UP;
    if (state == "in_chain") return Block::STATE_IN_CHAIN;
    if (state == "confirmed") return Block::STATE_CONFIRMED;
    if (state == "orphaned") return Block::STATE_ORPHANED;
    return Block::STATE_FOUND;
}

std::string row_name(const bitcoin::BlockHash& hash) {
    return "blocks/" + hash.value.to_be_hex();
}

}  // namespace

proto::Block block_row(const std::vector<ledger::BlockEntry>& entries) {
    const auto history = ledger::history_of(entries);
    const auto& known = history.first;
    proto::Block row;
    row.set_name(row_name(known.hash));
    row.set_height(known.height);
    row.set_state(state_of(history.state));
    *row.mutable_find_time() = to_timestamp(known.found_at);
    row.set_user_identity(known.user_identity);
    row.set_channel("channels/" + ledger::keys::channel_name(known.channel));
    row.set_value_sat(known.value_sat);
    row.set_reason(history.reason);
    auto in_order = entries;
    std::ranges::stable_sort(in_order, {}, &ledger::BlockEntry::at);
    for (const auto& entry : in_order) {
        auto& event = *row.add_events();
        *event.mutable_time() = to_timestamp(entry.at);
        event.set_event(entry.event);
        event.set_replica(entry.replica);
        event.set_node(entry.node);
        event.set_reason(entry.reason);
    }
    return row;
}

void BlockSource::read_on() {
    const auto from = place_.empty() ? std::string{"-"} : "(" + place_;
    client_.command({"XRANGE", ledger::keys::blocks, from, "+", "COUNT", std::to_string(page_size)},
                    [this, alive = std::weak_ptr{is_alive_}](const auto& answer) {
                        if (alive.expired()) return;
                        const bool is_full = answer && answer->array() != nullptr &&
                                             answer->array()->size() >= page_size;
                        if (answer) take(*answer);
                        if (is_full) return read_on();
                        timer_.expires_after(interval);
                        timer_.async_wait([this](const auto& error) {
                            if (!error) read_on();
                        });
                    });
}

void BlockSource::take(const redis::Reply& page) {
    if (page.array() == nullptr) return;
    std::set<bitcoin::BlockHash> changed;
    std::vector<std::pair<std::string, ledger::BlockEntry>> fresh;
    for (const auto& item : *page.array()) {
        const auto* const parts = item.array();
        if (parts == nullptr || parts->size() < 2) continue;
        place_ = item.string_at(0);
        auto entry = ledger::read_block_entry((*parts)[1]);
        if (!entry) continue;  // of a later version
        auto& known = blocks_[entry->hash];
        if (!known.names.insert(ledger::name_of(*entry)).second) continue;
        changed.insert(entry->hash);
        known.entries.push_back(*entry);
        fresh.emplace_back(place_, *std::move(entry));
    }
    forget_oldest();
    for (const auto& hash : changed)
        if (const auto found = blocks_.find(hash); found != blocks_.end())
            view_.blocks.upsert(block_row(found->second.entries));
    for (const auto& [place, entry] : fresh) on_entry_(place, entry);
}

void BlockSource::forget_oldest() {
    if (blocks_.size() <= blocks_max) return;
    std::vector<std::pair<base::UnixMicros, bitcoin::BlockHash>> found;
    for (const auto& [hash, known] : blocks_)
        found.emplace_back(known.entries.front().found_at, hash);
    std::ranges::sort(found);
    for (std::size_t i = 0; i < found.size() - blocks_max; ++i) {
        view_.blocks.erase(row_name(found[i].second));
        blocks_.erase(found[i].second);
    }
}

}  // namespace admin
