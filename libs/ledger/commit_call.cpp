#include "ledger/commit_call.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

#include "ledger/keys.h"

namespace ledger {
namespace {

/// The tips that the gateway names, and those of the credited shares: a set of seen shares whose
/// tip nobody ever named would never be freed.
std::vector<std::string> tip_names(const Commit& commit) {
    std::vector<std::string> names;
    const auto add = [&names](const bitcoin::BlockHash& tip) {
        auto name = keys::tip_name(tip);
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    };
    for (const auto& tip : commit.live_tips) add(tip);
    const bitcoin::BlockHash* last = nullptr;
    for (const auto& share : commit.credited) {
        if (last != nullptr && *last == share.tip) continue;
        last = &share.tip;
        add(share.tip);
    }
    return names;
}

std::string text_of(std::int64_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return {digits.data(), end};
}

/// How many shares are credited, which, and the member of each. Which is empty where it is the
/// first so many of the batch, or else a byte for each share.
void add_shares(CommitCall& call, const Commit& commit, const DuplicateKey& key) {
    call.args.push_back(std::to_string(commit.credited.size()));
    auto& places = call.args.emplace_back();
    if (!commit.credited.empty() && commit.credited.back().place >= commit.credited.size()) {
        places.assign(std::max(commit.shares, commit.credited.back().place + 1), '\0');
        for (const auto& share : commit.credited) places[share.place] = '\1';
    }
    const bitcoin::BlockHash* tip = nullptr;
    std::string sets;
    for (const auto& share : commit.credited) {
        if (tip == nullptr || *tip != share.tip) sets = keys::seen(commit.partition, share.tip);
        tip = &share.tip;
        const auto member = short_hash(key, share.hash);
        std::array<char, 8> bucket{};
        const auto [end, error] =
            std::to_chars(bucket.data(), bucket.data() + bucket.size(), member % seen_buckets);
        auto& name = call.keys.emplace_back();
        name.reserve(sets.size() + bucket.size());
        name.append(sets).append(bucket.data(), end);
        // Signed, because an intset holds signed integers.
        call.args.push_back(text_of(static_cast<std::int64_t>(member)));
    }
}

void add_change(CommitCall& call, std::uint32_t partition, const ChannelChange& change) {
    auto& args = call.args;
    std::visit(
        [&](const auto& is) {
            using Change = std::decay_t<decltype(is)>;
            call.keys.push_back(keys::channel(partition, is.key));
            if constexpr (std::is_same_v<Change, ChannelClosed>) {
                args.insert(args.end(), {"close", "0"});
            } else {
                constexpr bool opens = std::is_same_v<Change, ChannelOpened>;
                args.insert(args.end(),
                            {opens ? "open" : "change", std::to_string(is.fields.size())});
                for (const auto& [name, value] : is.fields) args.insert(args.end(), {name, value});
            }
        },
        change);
}

std::vector<bool> read_duplicates(std::string_view bytes) {
    std::vector<bool> duplicates(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) duplicates[i] = bytes[i] != '\0';
    return duplicates;
}

std::uint64_t read_number(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

CommitCall to_call(const Commit& commit, const DuplicateKey& key, const LogRules& rules) {
    CommitCall call;
    call.keys = {keys::gateways(commit.partition), keys::log(commit.partition),
                 keys::tips(commit.partition), keys::readers(commit.partition),
                 keys::log_bytes(commit.partition)};
    call.keys.reserve(call.keys.size() + commit.credited.size() + commit.changes.size());
    auto& args = call.args;
    args.reserve(16 + commit.live_tips.size() + commit.credited.size() +
                 24 * commit.changes.size());
    args = {keys::partition_prefix(commit.partition),
            std::to_string(commit.epoch.value),
            std::to_string(commit.sequence),
            commit.record,
            commit.outcome,
            std::to_string(commit.shares),
            std::to_string(rules.keep.count()),
            std::to_string(rules.keep_read.count()),
            std::to_string(rules.bytes_max)};
    const auto tips = tip_names(commit);
    args.push_back(std::to_string(tips.size()));
    args.insert(args.end(), tips.begin(), tips.end());
    add_shares(call, commit, key);
    args.push_back(std::to_string(commit.changes.size()));
    for (const auto& change : commit.changes) add_change(call, commit.partition, change);
    return call;
}

std::optional<LogState> full_log(const redis::Reply& reply) {
    if (reply.string_at(0) != "BEHIND" || reply.array()->size() != 3) return std::nullopt;
    return LogState{read_number(reply.string_at(1)), std::string{reply.string_at(2)}};
}

base::Result<Committed, LedgerError> read_answer(const redis::Reply& reply, std::string outcome) {
    const auto kind = reply.string_at(0);
    if (kind == "REAPED") return base::unexpected(LedgerError::reaped);
    if (kind == "OLD") return base::unexpected(LedgerError::old);
    Committed committed;
    const auto* items = reply.array();
    if (full_log(reply)) return base::unexpected(LedgerError::full);
    if (kind == "OK" && items->size() == 5 && (*items)[2].integer() != nullptr) {
        committed.outcome = std::move(outcome);
        committed.duplicates = read_duplicates(reply.string_at(1));
        committed.has_gap = *(*items)[2].integer() != 0;
        committed.log = {read_number(reply.string_at(3)), std::string{reply.string_at(4)}};
        return committed;
    }
    if (kind == "REPLAY" && items->size() == 3) {
        committed.is_replay = true;
        committed.outcome = reply.string_at(1);
        committed.duplicates = read_duplicates(reply.string_at(2));
        return committed;
    }
    return base::unexpected(LedgerError::unavailable);
}

}  // namespace ledger
