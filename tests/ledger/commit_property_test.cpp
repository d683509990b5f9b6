#include <map>
#include <set>

#include "fixture.h"

namespace ledger {
namespace {

/// What a ledger must do, said in the simplest way: memory without expiry or buckets.
class Model {
  public:
    struct Outcome {
        std::string outcome{};
        std::vector<bool> duplicates{};
        friend bool operator==(const Outcome&, const Outcome&) = default;
    };

    base::Result<Outcome, LedgerError> commit(const Commit& commit) {
        auto& [last, stored] = state_[{commit.partition, commit.epoch.value}];
        if (commit.sequence < last) return base::unexpected(LedgerError::old);
        if (commit.sequence == last) return stored;
        last = commit.sequence;
        stored.outcome = commit.outcome;
        stored.duplicates.assign(commit.shares, false);
        for (const auto& share : commit.credited)
            stored.duplicates[share.place] =
                !seen_.insert({commit.partition, share.tip, share.hash}).second;
        ++log_[commit.partition];
        return stored;
    }
    std::int64_t log_length(std::uint32_t partition) { return log_[partition]; }

  private:
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::pair<std::uint64_t, Outcome>> state_{};
    std::set<std::tuple<std::uint32_t, bitcoin::BlockHash, bitcoin::BlockHash>> seen_{};
    std::map<std::uint32_t, std::int64_t> log_{};
};

class CommitProperty : public LedgerTest, public testing::WithParamInterface<std::uint64_t> {};

/// Gateways in several partitions, each with batches that come again and again in any order, from
/// two workers, with shares drawn from so few that most are duplicates.
TEST_P(CommitProperty, AnyBatchReplayedAnyNumberOfTimesHasOneOutcome) {
    base::SeededRandom random{GetParam()};
    const auto below = [&random](std::uint64_t bound) { return random.next_u64() % bound; };
    redis::HiredisClient other_client{io_, config_for(server_), clock_, random_};
    Ledger other_worker{other_client, LedgerSettings{}};
    Model model;

    std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<Commit>> sent;
    for (int step = 0; step < 400; ++step) {
        const auto partition = static_cast<std::uint32_t>(below(2));
        const auto epoch = 1 + below(3);
        auto& history = sent[{partition, epoch}];
        if (history.empty() || below(2) == 0) {
            std::vector<std::uint32_t> shares(below(6));
            for (auto& share : shares) share = static_cast<std::uint32_t>(below(40));
            auto fresh = batch(epoch, history.size() + 1, shares);
            fresh.partition = partition;
            history.push_back(std::move(fresh));
        }
        // Mostly the last batch, at times an older one.
        const auto back = below(4) == 0 ? below(history.size()) : 0;
        const auto& chosen = history[history.size() - 1 - back];
        const auto expected = model.commit(chosen);
        const auto got = commit(below(2) == 0 ? ledger_ : other_worker, chosen);
        ASSERT_EQ(got.has_value(), expected.has_value()) << "step " << step;
        if (!got) {
            EXPECT_EQ(got.error(), expected.error());
            continue;
        }
        EXPECT_EQ((Model::Outcome{got->outcome, got->duplicates}), *expected) << "step " << step;
    }
    for (std::uint32_t partition = 0; partition < 2; ++partition)
        EXPECT_EQ(integer({"XLEN", keys::log(partition)}), model.log_length(partition));
}

INSTANTIATE_TEST_SUITE_P(Seeds, CommitProperty, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace ledger
