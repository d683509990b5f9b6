#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "template/node_choice.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using Give = NodeChoice::Give;
using Why = NodeChoice::Why;

// A block, by a letter of its own and its height.
NodeTip block(char name, std::uint32_t height) {
    NodeTip tip{.height = height};
    tip.hash.value.bytes[0] = static_cast<std::uint8_t>(name);
    tip.hash.value.bytes[1] = static_cast<std::uint8_t>(height);
    return tip;
}

// A net of nodes that follow chains, die, come back, lag, are refused and reorganise, and what the
// choice makes of it, checked against what each node is known to have said.
class Storm {
  public:
    explicit Storm(std::uint64_t seed) : random_(seed), size_(1 + pick(5)), choice_(size_, {}) {
        nodes_.resize(size_);
        for (NodeIndex i = 0; i < size_; ++i)
            choice_.set_health(i, Verdict::refused, Cause::unheard);
    }

    void run(int steps) {
        for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
            now_ += std::chrono::milliseconds{pick(4) == 0 ? pick(40'000) : pick(300)};
            change();
            settle();
        }
    }

    // Everybody sees the best chain: within a moment the pool is there, too, and the leader gives.
    void calm() {
        const auto best = block('z', 10'000);
        for (NodeIndex i = 0; i < size_; ++i) {
            set_verdict(i, Verdict::usable, Cause::none);
            say(i, best);
            settle();
        }
        now_ += 3s;
        settle();
        ASSERT_EQ(choice_.tip(), best);
        ASSERT_TRUE(choice_.leader());
        choice_.on_candidate(*choice_.leader(), best, false);
        given_.reset();
        settle();
        EXPECT_EQ(given_, choice_.leader());
    }

    std::map<Why, int> seen{};

  private:
    struct Node {
        Verdict verdict = Verdict::refused;
        Cause cause = Cause::unheard;
        std::optional<NodeTip> tip{};
        std::set<bitcoin::BlockHash> has_said{};  // since it was last away
    };

    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_.next_u64() % below);
    }

    void say(NodeIndex node, const NodeTip& tip) {
        nodes_[node].tip = tip;
        nodes_[node].has_said.insert(tip.hash);
        choice_.on_candidate(node, tip, pick(3) == 0);
    }
    void set_verdict(NodeIndex node, Verdict verdict, Cause cause) {
        nodes_[node].verdict = verdict;
        nodes_[node].cause = cause;
        choice_.set_health(node, verdict, cause);
    }

    void change() {
        const NodeIndex node = pick(static_cast<std::uint32_t>(size_));
        const auto height = nodes_[node].tip ? nodes_[node].tip->height : 100;
        const char branch = static_cast<char>('a' + pick(2));
        switch (pick(10)) {
            case 0:
                choice_.on_gone(node);
                nodes_[node].tip.reset();
                nodes_[node].has_said.clear();
                return set_verdict(node, Verdict::refused, Cause::unreachable);
            case 1: return set_verdict(node, Verdict::refused, Cause::behind);
            case 2: return set_verdict(node, Verdict::poor, Cause::few_peers);
            case 3:
            case 4: return set_verdict(node, Verdict::usable, Cause::none);
            case 5: return say(node, block(branch, height - std::min(height, pick(4))));
            case 6: return say(node, block(branch, height + 1));
            default:  // follows another one
                if (const auto& other = nodes_[pick(static_cast<std::uint32_t>(size_))].tip)
                    say(node, *other);
        }
    }

    bool is_usable(NodeIndex node) const { return nodes_[node].verdict != Verdict::refused; }

    std::size_t count(const std::function<bool(NodeIndex)>& claim) const {
        std::size_t found = 0;
        for (NodeIndex i = 0; i < size_; ++i) found += claim(i) ? 1U : 0U;
        return found;
    }

    // Of those with a say: who has the block or more, who had it and is elsewhere.
    std::pair<std::size_t, std::size_t> votes(const NodeTip& tip) const {
        const auto has_say = [&](NodeIndex i) {
            return nodes_[i].tip && (is_usable(i) || nodes_[i].cause == Cause::behind);
        };
        const auto is_for = [&](NodeIndex i) {
            return has_say(i) && (nodes_[i].tip == tip || nodes_[i].tip->height > tip.height);
        };
        return {count(is_for), count([&](NodeIndex i) {
                    return has_say(i) && !is_for(i) && nodes_[i].has_said.contains(tip.hash);
                })};
    }

    void settle() {
        const auto leader = choice_.leader();
        note_holders();
        if (choice_.give_up_tip(now_)) check_given_up(leader);
        if (const auto give = choice_.decide(now_)) check(*give);
        const bool has_usable = count([&](NodeIndex i) { return is_usable(i); }) > 0;
        EXPECT_EQ(choice_.leader().has_value(), has_usable);
        EXPECT_TRUE(!has_usable || is_usable(*choice_.leader()));
    }

    void note_holders() {
        if (!last_ || count([&](NodeIndex i) {
                          return is_usable(i) && nodes_[i].tip &&
                                 (nodes_[i].tip == last_ || nodes_[i].tip->height > last_->height);
                      }) > 0)
            unheld_since_.reset();
        else if (!unheld_since_)
            unheld_since_ = now_;
    }

    void check_given_up(std::optional<NodeIndex> leader) {
        ASSERT_TRUE(last_);
        const auto [in_favour, against] = votes(*last_);
        const bool is_leader_against = leader && nodes_[*leader].tip &&
                                       nodes_[*leader].tip != last_ &&
                                       nodes_[*leader].has_said.contains(last_->hash);
        is_taken_back_ = against > in_favour || (against == in_favour && is_leader_against);
        given_up_at_ = now_;
        EXPECT_TRUE(is_taken_back_ || unheld_since_)
            << against << " against and " << in_favour << " in favour";
    }

    void check(const Give& give) {
        const auto tip = *nodes_[give.node].tip;
        EXPECT_TRUE(is_usable(give.node));
        if (last_ && tip != last_ && tip.height <= last_->height) {
            EXPECT_TRUE(given_up_at_) << "from " << last_->height << " to " << tip.height;
            EXPECT_TRUE(give.why == Why::reorg
                            ? is_taken_back_
                            : give.why == Why::lost_tip &&
                                  (tip.height == last_->height || now_ - *unheld_since_ >= 30s));
        }
        ++seen[give.why];
        last_ = tip;
        given_ = give.node;
        given_up_at_.reset();
    }

    base::SeededRandom random_;
    std::size_t size_;
    NodeChoice choice_;
    std::vector<Node> nodes_{};
    base::SteadyTime now_{1h};
    std::optional<NodeTip> last_{};
    std::optional<base::SteadyTime> unheld_since_{};
    std::optional<base::SteadyTime> given_up_at_{};  // and nothing given since
    bool is_taken_back_ = false;
    std::optional<NodeIndex> given_{};
};

TEST(NodeChoiceProperty, NeverGoesBackUnlessAgreedNorTakesFromARefusedNode) {
    std::map<Why, int> seen;
    for (std::uint64_t seed = 1; seed <= 3'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Storm storm{seed};
        storm.run(200);
        storm.calm();
        for (const auto& [why, times] : storm.seen) seen[why] += times;
    }
    for (const auto why : {Why::first, Why::new_tip, Why::same_tip, Why::reorg, Why::lost_tip})
        EXPECT_GT(seen[why], 1'000) << "it must have happened";
}

}  // namespace
}  // namespace templates
