#include "template/packer.h"

#include <algorithm>

#include "ledger/keys.h"

namespace templates {
namespace {

// Of one pack: places have 16 bits for it. The smallest transaction has 60 bytes, so that a pack
// is full long before.
constexpr std::size_t pack_size_max = 1U << 16;

}  // namespace

void Packer::begin_epoch(mining::Epoch epoch) {
    epoch_ = epoch;
    packs_made_ = 0;
    forget();
}

void Packer::forget() {
    packs_.clear();
    places_.clear();
    used_by_.clear();
}

Packer::Packed Packer::pack(mining::TemplateRef ref,
                            const std::vector<SharedTransaction>& transactions) {
    if (is_wasteful(transactions)) forget();
    Packed packed;
    add_new(transactions, packed);
    place(transactions, packed, used_by_[ref]);
    return packed;
}

void Packer::retain(const std::function<bool(mining::TemplateRef)>& is_kept) {
    std::erase_if(used_by_, [&](const auto& entry) { return !is_kept(entry.first); });
    std::set<std::uint32_t> used;
    for (const auto& [ref, packs] : used_by_) used.insert(packs.begin(), packs.end());
    if (std::erase_if(packs_, [&](const auto& entry) { return !used.contains(entry.first); }) == 0)
        return;
    std::erase_if(places_, [&](const auto& entry) { return !packs_.contains(entry.second.pack); });
}

void Packer::add_new(const std::vector<SharedTransaction>& transactions, Packed& packed) {
    std::size_t bytes = 0;
    for (const auto& transaction : transactions) {
        if (places_.contains(transaction->wtxid)) continue;
        const auto size = transaction->bytes.size();
        if (packed.added.empty() || bytes + size > limits_.pack_bytes_max ||
            packed.added.back().transactions.size() == pack_size_max) {
            const auto key = ledger::keys::template_pack(epoch_, ++packs_made_);
            packed.added.push_back({.key = key, .transactions = {}});
            packs_[packs_made_] = {.key = key, .bytes = 0};
            bytes = 0;
        }
        auto& into = packed.added.back().transactions;
        places_[transaction->wtxid] = {.pack = packs_made_,
                                       .index = static_cast<std::uint32_t>(into.size())};
        into.push_back(transaction);
        bytes += size;
        packs_[packs_made_].bytes += size;
    }
}

bool Packer::is_wasteful(const std::vector<SharedTransaction>& transactions) const {
    std::size_t own = 0;
    std::set<std::uint32_t> used;
    for (const auto& transaction : transactions) {
        own += transaction->bytes.size();
        const auto found = places_.find(transaction->wtxid);
        if (found != places_.end()) used.insert(found->second.pack);
    }
    std::size_t leant_on = 0;
    for (const auto pack : used) leant_on += packs_.at(pack).bytes;
    return used.size() >= limits_.packs_max || leant_on > 2 * own + limits_.waste_max;
}

void Packer::place(const std::vector<SharedTransaction>& transactions, Packed& packed,
                   std::set<std::uint32_t>& used) const {
    std::map<std::uint32_t, std::uint32_t> numbers;  // of packs, as the template counts them
    for (const auto& transaction : transactions) {
        const auto& at = places_.at(transaction->wtxid);
        const auto [number, is_new] =
            numbers.try_emplace(at.pack, static_cast<std::uint32_t>(packed.packs.size()));
        if (is_new) {
            packed.packs.push_back(packs_.at(at.pack).key);
            used.insert(at.pack);
        }
        packed.places.push_back(number->second << 16 | at.index);
    }
}

}  // namespace templates
