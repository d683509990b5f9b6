#include "share_log/follower.h"

#include "ledger/fixture.h"

namespace share_log {
namespace {

using namespace std::chrono_literals;
using ledger::Ledger;
using ledger::LedgerSettings;
using test_support::run_until;

class FollowerTest : public ledger::LedgerTest {
  protected:
    /// Commits records that read "record 1/n".
    void write(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i)
            ASSERT_TRUE(commit(short_, ledger::batch(1, ++sequence_, {})).has_value());
    }
    std::unique_ptr<Follower> follow(const Position& after) {
        auto follower = std::make_unique<Follower>(
            io_, client_, Follower::Settings{.partition = 0, .page_size = 7, .poll_interval = 5ms},
            [this](const Page& page) {
                if (page.gap) gaps_.push_back(*page.gap);
                for (const auto& entry : page.entries) seen_.push_back(entry.record);
                if (goes_on_) current_->go_on();
            });
        current_ = follower.get();
        follower->start(after);
        return follower;
    }
    bool sees(std::size_t count) {
        return run_until(io_, [&] { return seen_.size() >= count; });
    }
    std::vector<std::string> expected() const {
        std::vector<std::string> records;
        for (std::uint64_t i = 1; i <= sequence_; ++i)
            records.push_back("record 1/" + std::to_string(i));
        return records;
    }

    Ledger short_{client_,
                  LedgerSettings{.log = {.keep = 24h, .keep_read = 0ms, .bytes_max = 5'000}}};
    std::uint64_t sequence_ = 0;
    std::vector<std::string> seen_{};
    std::vector<Gap> gaps_{};
    bool goes_on_ = true;
    Follower* current_ = nullptr;
};

TEST_F(FollowerTest, GivesEachRecordOnceInOrderAlsoThoseToCome) {
    write(20);
    const auto follower = follow({});
    ASSERT_TRUE(sees(20));
    write(10);
    ASSERT_TRUE(sees(30));
    EXPECT_EQ(seen_, expected());
    EXPECT_TRUE(gaps_.empty());
}

TEST_F(FollowerTest, GoesOnWhereItsPositionWasKept) {
    write(10);
    Position kept;
    {
        const auto follower = follow({});
        ASSERT_TRUE(sees(10));
        kept = follower->position();
    }
    write(5);
    const auto follower = follow(kept);
    ASSERT_TRUE(sees(15));
    EXPECT_EQ(seen_, expected());
    EXPECT_TRUE(gaps_.empty());
}

TEST_F(FollowerTest, ReadsNothingAheadOfAHandlerThatIsBusy) {
    write(30);
    goes_on_ = false;
    const auto follower = follow({});
    ASSERT_TRUE(sees(7));
    EXPECT_FALSE(run_until(
        io_, [&] { return seen_.size() > 7; }, 1s));
    EXPECT_EQ(follower->position(), Position{});
    goes_on_ = true;
    follower->go_on();
    ASSERT_TRUE(sees(30));
    EXPECT_EQ(seen_, expected());
}

TEST_F(FollowerTest, SaysWhatWasTrimmedBeforeItCouldReadIt) {
    write(10);
    Position kept;
    {
        const auto follower = follow({});
        ASSERT_TRUE(sees(10));
        kept = follower->position();
    }
    write(1'000);
    const auto first = server_.run({"XRANGE", ledger::keys::log(0), "-", "+", "COUNT", "1"});
    const auto first_record = (*(*first.array())[0].array())[1].string_at(1);
    ASSERT_NE(first_record, "record 1/11") << "nothing was trimmed";
    seen_.clear();
    const auto follower = follow(kept);
    ASSERT_TRUE(run_until(io_, [&] { return !seen_.empty() && seen_.back() == "record 1/1010"; }));
    EXPECT_EQ(seen_.front(), first_record);
    ASSERT_EQ(gaps_.size(), 1U);
    std::uint64_t missing = 0;
    for (std::uint64_t i = 11; "record 1/" + std::to_string(i) != first_record; ++i)
        missing += ("record 1/" + std::to_string(i)).size();
    EXPECT_EQ(gaps_[0], (Gap{.bytes_missing = missing, .is_rollback = false}));
}

TEST_F(FollowerTest, SurvivesARedisThatIsKilled) {
    write(10);
    const auto follower = follow({});
    ASSERT_TRUE(sees(10));
    server_.kill();
    server_.start();
    while (!commit(short_, ledger::batch(1, sequence_ + 1, {})).has_value()) {
    }
    ++sequence_;
    ASSERT_TRUE(sees(11));
    EXPECT_EQ(seen_, expected());
}

}  // namespace
}  // namespace share_log
