#include "auditor/audit.h"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

#include "bitcoin/difficulty.h"

namespace auditor {
namespace {

/// A channel's key and a header hash.
using ShareName = std::pair<std::string, std::string>;
/// What tells a share without a hash: key, sequence number, nonce.
using BareName = std::tuple<std::string, std::uint32_t, std::uint32_t>;

struct Ledgered {
    std::size_t entries = 0;
    std::size_t credited = 0;
    std::uint64_t difficulty_q32 = 0;
};

class Audit {
  public:
    Audit(const std::vector<JournalChannel>& journal, const LedgerContents& ledger)
        : journal_(journal), ledger_(ledger) {
        for (const auto& share : ledger.shares) {
            ++report_.ledger_shares;
            if (share.is_credited) ++report_.ledger_credited;
            auto& known = ledgered_[{share.channel, share.hash}];
            ++known.entries;
            if (!share.is_credited) continue;
            ++known.credited;
            known.difficulty_q32 += share.difficulty_q32;
        }
        for (const auto& channel : journal)
            for (const auto& share : channel.shares) {
                ++submitted_[{channel.key, share.hash}];
                bare_.insert({channel.key, share.sequence_number, share.nonce});
            }
    }

    Report run() {
        for (const auto& channel : journal_) check_channel(channel);
        check_submitted();
        check_credited_once();
        check_prefixes();
        return std::move(report_);
    }

  private:
    void violate(const char* invariant, std::string what) {
        report_.violations.push_back({invariant, std::move(what)});
    }

    const Ledgered* find(const std::string& key, const std::string& hash) const {
        const auto at = ledgered_.find({key, hash});
        return at == ledgered_.end() ? nullptr : &at->second;
    }

    void check_channel(const JournalChannel& channel) {
        ++report_.channels;
        std::uint64_t acknowledged = 0;
        bitcoin::DifficultySum credited;
        for (const auto& share : channel.shares) {
            ++report_.submitted;
            const auto* known = find(channel.key, share.hash);
            if (channel.rejected.contains(share.sequence_number)) {
                ++report_.rejected;
                // Unless the same header was sent again and this is the answer to the repetition.
                if (known != nullptr && known->credited > 0 &&
                    submitted_[{channel.key, share.hash}] == 1)
                    violate("I4", fmt::format("{}: share {} ({}) was rejected and is credited",
                                              channel.name, share.sequence_number, share.hash));
                continue;
            }
            if (!channel.is_acknowledged(share)) {
                ++report_.unknown;
                continue;
            }
            ++report_.acknowledged;
            ++acknowledged;
            if (known == nullptr || known->credited == 0) {
                violate("I1", fmt::format("{}: share {} ({}) was acknowledged and is not {}",
                                          channel.name, share.sequence_number, share.hash,
                                          known == nullptr ? "in the ledger" : "credited"));
                continue;
            }
            credited += bitcoin::Difficulty{known->difficulty_q32};
        }
        if (acknowledged != channel.accepted_count)
            violate("I4", fmt::format("{}: told of {} accepted shares, and {} have no other answer",
                                      channel.name, channel.accepted_count, acknowledged));
        if (credited.whole() != channel.accepted_sum)
            violate("I4",
                    fmt::format("{}: told of a sum of {}, and the ledger credits {} for the same "
                                "shares",
                                channel.name, channel.accepted_sum, credited.whole()));
    }

    void check_submitted() {
        std::map<ShareName, std::size_t> seen;
        for (const auto& share : ledger_.shares) {
            if (share.hash.empty()) {
                if (!bare_.contains({share.channel, share.sequence_number, share.nonce}))
                    violate("I2", fmt::format("channel {}: share {} without a hash is in the "
                                              "ledger and was not submitted",
                                              share.channel, share.sequence_number));
                continue;
            }
            const auto times = ++seen[{share.channel, share.hash}];
            const auto at = submitted_.find({share.channel, share.hash});
            const std::size_t submitted = at == submitted_.end() ? 0 : at->second;
            if (times > submitted)
                violate("I2", fmt::format("channel {}: share {} ({}) is in the ledger {} times and "
                                          "was submitted {} times",
                                          share.channel, share.sequence_number, share.hash, times,
                                          submitted));
        }
    }

    void check_credited_once() {
        for (const auto& [name, known] : ledgered_)
            if (known.credited > 1)
                violate("I3", fmt::format("channel {}: share {} is credited {} times", name.first,
                                          name.second, known.credited));
    }

    void check_prefixes() {
        std::map<std::string, std::string> names;
        for (const auto& channel : journal_) {
            const auto [at, is_new] = names.emplace(channel.key, channel.name);
            if (!is_new)
                violate("I7", fmt::format("prefix {} was given to {} and to {}", channel.key,
                                          at->second, channel.name));
        }
        std::set<std::string> opened;
        for (const auto& key : ledger_.opened)
            if (!opened.insert(key).second)
                violate("I7", fmt::format("channel {} was opened twice in the ledger", key));
    }

    const std::vector<JournalChannel>& journal_;
    const LedgerContents& ledger_;
    std::map<ShareName, Ledgered> ledgered_{};
    std::map<ShareName, std::size_t> submitted_{};
    std::set<BareName> bare_{};
    Report report_{};
};

}  // namespace

Report audit(const std::vector<JournalChannel>& journal, const LedgerContents& ledger) {
    return Audit{journal, ledger}.run();
}

}  // namespace auditor
