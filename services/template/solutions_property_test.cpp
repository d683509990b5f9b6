#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "base/random.h"
#include "template/solutions.h"
#include "template/solutions_testing.h"
#include "template/submit_verdict.h"

namespace templates {
namespace {

using Answer = SubmitAnswer::Kind;

/// What a node does with a block: nothing for a while, then what it always does.
struct Fate {
    std::uint32_t silent_for{};
    SubmitAnswer answer{};
    bool is_told = false;  ///< it has the block, or has said that it does not want it
};

/// A replica whose disk, nodes, Redis and worker are the test's: everything happens in an order of
/// chance, and a kill loses all that has not happened.
class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        for (std::size_t node = 0; node < 1 + chance(4); ++node) {
            settings_.nodes.push_back("node " + std::to_string(node));
            fates_.push_back(fate());
        }
        settings_.give_up_tips = 20;
        start();
    }

    /// Until nothing is left to happen; with kills for a while, or without any: a restart asks all
    /// nodes again and so mends much.
    void run() {
        worker_asks();
        const auto kill_once_in = chance(3) * 25;
        for (int step = 0; step < 400; ++step) {
            if (kill_once_in > 0 && chance(kill_once_in) == 0) kill();
            happen();
        }
        for (int step = 0; !is_quiet(); ++step) {
            ASSERT_LT(step, 100'000) << "it never ends";
            happen();
        }
    }
    void check() {
        const auto& state = solutions_->find(block_.hash)->state;
        bool would_take = false;
        bool may_say_no = false;
        for (const auto& fate : fates_) {
            const auto verdict = verdict_of(fate.answer);
            would_take |= verdict == SubmitVerdict::taken || verdict == SubmitVerdict::side_branch;
            may_say_no |= verdict == SubmitVerdict::refused;
            EXPECT_TRUE(fate.is_told) << "every node is asked until it has answered";
        }
        EXPECT_EQ(state.kind, would_take   ? BlockState::Kind::accepted
                              : may_say_no ? BlockState::Kind::rejected
                                           : BlockState::Kind::spooled);
        EXPECT_EQ(disk_state_, state) << "a restart knows all that this process does";
        EXPECT_TRUE(state.unpublished.empty());
        std::set<std::uint64_t> heard;
        for (const auto& event : redis_) heard.insert(std::get<0>(event));
        EXPECT_EQ(heard.size(), state.events) << "and Redis has heard of everything";
    }
    /// When the chain is far beyond, nobody is asked any more, not even after a restart.
    void check_end() {
        submissions_ = 0;
        carry_out(solutions_->on_tip(block_.height + 20, now_));
        while (!disk_.empty()) happen_on_disk();
        for (std::size_t node = 0; node < fates_.size(); ++node)
            carry_out(solutions_->on_retry(block_.hash, node, now_));
        kill();
        EXPECT_EQ(submissions_, 0U);
        EXPECT_NE(solutions_->find(block_.hash)->state.kind, BlockState::Kind::spooled);
    }

  private:
    std::uint64_t chance(std::uint64_t one_in) { return random_.next_u64() % one_in; }

    Fate fate() {
        const SubmitAnswer answers[] = {{Answer::accepted, ""},
                                        {Answer::duplicate, "duplicate"},
                                        {Answer::rejected, "high-hash"},
                                        {Answer::rejected, "inconclusive"},
                                        {Answer::unsupported, "its own templates only"}};
        return {.silent_for = static_cast<std::uint32_t>(chance(6)), .answer = answers[chance(5)]};
    }

    void start() {
        solutions_.emplace(settings_);
        if (disk_block_) carry_out(solutions_->on_recovered(*disk_block_, disk_state_, now_));
    }
    void kill() {
        disk_.clear();
        soon_.clear();
        start();
        if (!is_worker_answered_) worker_asks();
    }
    // Until a replica says that it has the block: it may have died with it.
    void worker_asks() {
        soon_.push_back([this] {
            if (!is_worker_answered_) carry_out(solutions_->on_found(block_, std::nullopt));
        });
    }
    bool is_quiet() const { return disk_.empty() && soon_.empty(); }

    void happen() {
        now_ += std::chrono::microseconds{1 + chance(1000)};
        if (!disk_.empty() && (soon_.empty() || chance(2) == 0)) return happen_on_disk();
        if (soon_.empty()) return;
        const auto which = soon_.begin() + static_cast<std::ptrdiff_t>(chance(soon_.size()));
        const auto what = *which;
        soon_.erase(which);
        what();
    }
    void happen_on_disk() {
        const auto what = disk_.front();
        disk_.pop_front();
        what();
    }

    void carry_out(const Solutions::Effects& effects) {
        for (const auto& effect : effects)
            std::visit([this](const auto& e) { carry_out(e); }, effect);
    }
    void carry_out(const Solutions::StoreBlock& store) {
        disk_.push_back([this, block = store.block] {
            const bool is_full = chance(4) == 0;
            if (!is_full) disk_block_ = block;
            is_worker_answered_ |= !is_full;
            carry_out(solutions_->on_stored(block.hash, !is_full, now_));
            if (is_full) worker_asks();
        });
        if (chance(4) == 0)
            soon_.push_back([this] { carry_out(solutions_->on_disk_slow(block_.hash, now_)); });
    }
    void carry_out(const Solutions::Submit& submit) {
        ++submissions_;
        EXPECT_EQ(*submit.bytes, block_.bytes);
        soon_.push_back([this, node = submit.node] {
            auto& fate = fates_[node];
            SubmitAnswer answer{.kind = Answer::unreachable, .reason = "away"};
            if (fate.silent_for > 0 && --fate.silent_for % 2 == 0)
                answer = {.kind = Answer::rejected, .reason = "prev-blk-not-found"};
            else if (fate.silent_for == 0)
                answer = fate.answer;
            fate.is_told |= answer == fate.answer;
            // The node may have done so, and the answer be lost.
            if (chance(8) == 0) answer = {.kind = Answer::unreachable, .reason = "timeout"};
            carry_out(solutions_->on_answer(block_.hash, node, answer, now_));
        });
    }
    void carry_out(const Solutions::Retry& retry) {
        soon_.push_back([this, node = retry.node] {
            carry_out(solutions_->on_retry(block_.hash, node, now_));
        });
    }
    void carry_out(const Solutions::StoreState& store) {
        disk_.push_back([this, state = store.state] {
            // Without its block it means nothing to a restart.
            if (disk_block_) disk_state_ = state;
        });
    }
    void carry_out(const Solutions::Publish& publish) {
        soon_.push_back([this, event = publish.event] {
            redis_.insert({event.number, event.at, event.kind, event.node});
            if (chance(8) == 0) return carry_out(Solutions::Publish{.hash = {}, .event = event});
            carry_out(solutions_->on_published(block_.hash, event.number));
        });
    }
    void carry_out(const Solutions::Forget&) { FAIL() << "nothing is to be forgotten"; }
    void carry_out(const Solutions::NoTaker&) {}

    base::SeededRandom random_;
    base::UnixMicros now_{std::chrono::seconds{1'700'000'000}};
    Solutions::Settings settings_{};
    std::vector<Fate> fates_{};
    SpooledBlock block_ = block_named(1);
    std::optional<Solutions> solutions_{};
    std::optional<SpooledBlock> disk_block_{};
    BlockState disk_state_{};
    std::set<std::tuple<std::uint64_t, base::UnixMicros, BlockEvent::Kind, std::string>> redis_{};
    std::deque<std::function<void()>> disk_{};
    std::vector<std::function<void()>> soon_{};
    bool is_worker_answered_ = false;
    std::size_t submissions_ = 0;
};

TEST(SolutionsProperty, NoBlockIsLostAndNothingIsSubmittedForEver) {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE(seed);
        World world{seed};
        ASSERT_NO_FATAL_FAILURE(world.run());
        world.check();
        world.check_end();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace templates
