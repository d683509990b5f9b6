#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/random.h"
#include "rpc/template_cache.h"
#include "template/leadership.h"
#include "template/template_store.h"

/// Replicas, a Redis and subscribers in simulated time: requests and answers are late or lost,
/// Redis forgets, replicas die, lose their node or each other, streams repeat themselves.
namespace templates {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Time = base::SteadyTime;

constexpr Time beginning{std::chrono::hours{1}};
constexpr std::size_t replicas_count = 3;
constexpr std::size_t subscribers_count = 3;
constexpr milliseconds lease_length{1'000};
constexpr milliseconds answer_patience{400};

/// What template_lease.lua does; the integration test of libs/ledger runs the script itself.
class FakeRedis {
  public:
    ledger::LeaseAnswer take(const std::string& owner, mining::Epoch seen, Time now) {
        expire(now);
        if (!owner_.empty() && owner_ != owner)
            return answer(ledger::LeaseAnswer::Kind::taken_by_another, epoch_, now);
        const auto tick = static_cast<std::uint64_t>(clock_us(now) / 4'000);
        const auto next = std::max({newest_ + 1, seen.value + 1, tick});
        hold(owner, next, now);
        return answer(ledger::LeaseAnswer::Kind::taken, next, now);
    }
    ledger::LeaseAnswer confirm(const std::string& owner, mining::Epoch epoch, Time now) {
        if (newest_ == epoch.value && namer_ == owner) return renew(owner, epoch, now);
        return answer(ledger::LeaseAnswer::Kind::fenced, newest_, now);
    }
    ledger::LeaseAnswer renew(const std::string& owner, mining::Epoch epoch, Time now) {
        expire(now);
        if (newest_ > epoch.value || (newest_ == epoch.value && namer_ != owner))
            return answer(ledger::LeaseAnswer::Kind::fenced, newest_, now);
        hold(owner, epoch.value, now);
        return answer(ledger::LeaseAnswer::Kind::held, epoch.value, now);
    }
    void release(const std::string& owner, mining::Epoch epoch) {
        if (owner_ == owner && epoch_ == epoch.value) owner_.clear();
    }
    void remember() { remembered_ = {owner_, epoch_, newest_, namer_}; }
    /// As one does that lost its last writes.
    void forget() { std::tie(owner_, epoch_, newest_, namer_) = remembered_; }
    /// A clock that goes back after Redis has forgotten an epoch that was used: from that nothing
    /// helps (D11), so up to here it knows them.
    void jump(milliseconds by, mining::Epoch used) {
        offset_ += by;
        if (newest_ < used.value) {
            newest_ = used.value;
            namer_.clear();
        }
        remember();
    }

  private:
    // Redis' clock may jump; the simulation's only goes on.
    std::int64_t clock_us(Time now) const {
        return 1'700'000'000'000'000 +
               std::chrono::duration_cast<microseconds>(now - beginning + offset_).count();
    }
    void expire(Time now) {
        if (now >= expires_at_) owner_.clear();
    }
    void hold(const std::string& owner, std::uint64_t epoch, Time now) {
        owner_ = owner;
        epoch_ = epoch;
        if (newest_ < epoch) {
            newest_ = epoch;
            namer_ = owner;
        }
        expires_at_ = now + lease_length;
    }
    ledger::LeaseAnswer answer(ledger::LeaseAnswer::Kind kind, std::uint64_t epoch,
                               Time now) const {
        const auto usable_at = static_cast<std::int64_t>(epoch + 1) * 4'000;
        return {.kind = kind,
                .epoch = mining::Epoch{epoch},
                .owner = owner_,
                .left = std::chrono::duration_cast<milliseconds>(
                    std::max(expires_at_ - now, Time::duration{0})),
                .usable_after = microseconds{std::max<std::int64_t>(0, usable_at - clock_us(now))}};
    }

    std::string owner_{};
    std::uint64_t epoch_ = 0;
    std::uint64_t newest_ = 0;
    Time expires_at_{};
    milliseconds offset_{};
    std::string namer_{};  // of newest_
    std::tuple<std::string, std::uint64_t, std::uint64_t, std::string> remembered_{};
};

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < replicas_count; ++i) start(i);
    }

    void run_for(milliseconds time, bool with_faults) {
        const auto end = now_ + time;
        while (now_ < end) {
            now_ += milliseconds{1 + chance(20)};
            while (!messages_.empty() && messages_.begin()->first <= now_) {
                const auto message = std::move(messages_.begin()->second);
                messages_.erase(messages_.begin());
                message();
            }
            if (with_faults) break_something();
            for (std::size_t i = 0; i < replicas_count; ++i) turn(i);
        }
    }

    void heal() {
        for (std::size_t i = 0; i < replicas_count; ++i) {
            if (!replicas_[i]) start(i);
            replicas_[i]->is_able = true;
            replicas_[i]->is_cut_from_redis = false;
        }
        links_are_cut_ = {};
        redis_.jump(std::chrono::minutes{5},
                    newest_epoch());  // no epoch has to be waited for any more
    }

    /// Those that name templates now.
    std::vector<mining::Epoch> leaders() const {
        std::vector<mining::Epoch> epochs;
        for (const auto& replica : replicas_)
            if (replica && replica->leadership.is_leading())
                epochs.push_back(*replica->leadership.epoch());
        return epochs;
    }
    mining::Epoch newest_epoch() const {
        return begun_.empty() ? mining::Epoch{} : begun_.rbegin()->first;
    }
    std::size_t epochs() const { return begun_.size(); }
    const std::array<rpc::TemplateCache, subscribers_count>& subscribers() const {
        return subscribers_;
    }

  private:
    struct Replica {
        std::string name{};
        Leadership leadership{{.lease = lease_length}};
        TemplateStore store{};
        bool is_able = true;
        bool is_cut_from_redis = false;
        Time last_arrival{};  // at Redis: one connection keeps its order
    };

    std::uint64_t chance(std::uint64_t of) { return random_.next_u64() % of; }
    bool happens_once_in(std::uint64_t times) { return chance(times) == 0; }
    void later(milliseconds delay, std::function<void()> message) {
        messages_.emplace(now_ + delay, std::move(message));
    }

    void start(std::size_t i) {
        replicas_[i].emplace();
        replicas_[i]->name = "replica " + std::to_string(i) + '/' + std::to_string(++starts_);
        // As it learns them from the snapshots of the others.
        for (std::size_t other = 0; other < replicas_count; ++other)
            if (other != i && replicas_[other] && !links_are_cut_[other][i])
                for (const auto& [ref, held] : replicas_[other]->store.all())
                    later(milliseconds{chance(50)}, [this, i, held] { learn(i, held); });
    }

    void turn(std::size_t i) {
        auto& replica = replicas_[i];
        if (!replica) return;
        carry_out(i, replica->leadership.on_time(now_, replica->is_able));
        if (replica->leadership.is_leading() && happens_once_in(5)) name_one(i);
    }

    void carry_out(std::size_t i, const Leadership::Effects& effects) {
        for (const auto& effect : effects)
            std::visit([&](const auto& e) { carry_out(i, e); }, effect);
    }
    void carry_out(std::size_t i, const Leadership::Take& take) {
        ask(i, [this, name = replicas_[i]->name, take] {
            return redis_.take(name, take.newest, now_);
        });
    }
    void carry_out(std::size_t i, const Leadership::Confirm& confirm) {
        ask(i, [this, name = replicas_[i]->name, confirm] {
            return redis_.confirm(name, confirm.epoch, now_);
        });
    }
    void carry_out(std::size_t i, const Leadership::Renew& renew) {
        ask(i, [this, name = replicas_[i]->name, renew] {
            return redis_.renew(name, renew.epoch, now_);
        });
    }
    void carry_out(std::size_t i, const Leadership::Release& release) {
        if (replicas_[i]->is_cut_from_redis) return;
        later(to_redis(*replicas_[i]),
              [this, name = replicas_[i]->name, release] { redis_.release(name, release.epoch); });
    }
    void carry_out(std::size_t i, const Leadership::Begin& begin) {
        const auto [at, is_new] = begun_.emplace(begin.epoch, replicas_[i]->name);
        EXPECT_TRUE(is_new) << at->second << " and " << replicas_[i]->name << " lead in one epoch";
        EXPECT_TRUE(replicas_[i]->store.begin_epoch(begin.epoch));
        name_one(i);
    }
    void carry_out(std::size_t, const Leadership::End&) {}

    milliseconds to_redis(Replica& replica) {
        replica.last_arrival = std::max(
            replica.last_arrival, now_ + milliseconds{chance(happens_once_in(20) ? 600 : 10)});
        return std::chrono::duration_cast<milliseconds>(replica.last_arrival - now_);
    }

    /// Answered, or not, exactly once; to whoever asked, if it still lives.
    void ask(std::size_t i, std::function<ledger::LeaseAnswer()> question) {
        auto& replica = *replicas_[i];
        const bool is_lost = replica.is_cut_from_redis || happens_once_in(30);
        const bool is_answer_lost = happens_once_in(30);
        const auto no_answer = [this, i, name = replica.name] {
            if (replicas_[i] && replicas_[i]->name == name)
                replicas_[i]->leadership.on_no_answer(now_);
        };
        if (is_lost) return later(answer_patience, no_answer);
        const auto asked = now_;
        later(to_redis(replica), [this, i, question = std::move(question), no_answer, asked,
                                  is_answer_lost, name = replica.name] {
            const auto answer = question();
            if (is_answer_lost || now_ - asked >= answer_patience)
                return later(answer_patience, no_answer);
            later(milliseconds{chance(10)}, [this, i, answer, name] {
                if (replicas_[i] && replicas_[i]->name == name)
                    carry_out(i, replicas_[i]->leadership.on_answer(answer, now_));
            });
        });
    }

    void name_one(std::size_t i) {
        Candidate candidate;
        candidate.block_template.coinbase_tx_value_remaining = ++values_;
        candidate.block_template.tip.prev_hash.value.bytes[0] =
            static_cast<std::uint8_t>(values_ / 10 % 3);
        const auto* const named = replicas_[i]->store.add(std::move(candidate), {});
        if (named == nullptr) return;  // a newer epoch is there
        const auto ref = named->block_template.ref;
        EXPECT_EQ(begun_.at(ref.epoch()), replicas_[i]->name);
        EXPECT_TRUE(named_.emplace(ref, values_).second) << "a ref came twice";
        spread(i, *named);
    }

    void spread(std::size_t from, const HeldTemplate& held) {
        for (std::size_t to = 0; to < replicas_count; ++to)
            if (to != from && !links_are_cut_[from][to])
                for (std::uint64_t copy = 0; copy <= chance(2); ++copy)
                    later(milliseconds{chance(100)}, [this, to, held] { learn(to, held); });
        for (std::size_t to = 0; to < subscribers_count; ++to)
            if (!links_are_cut_[from][to])
                later(milliseconds{chance(100)}, [this, to, held] { hand_out(to, held); });
    }

    void learn(std::size_t i, const HeldTemplate& held) {
        auto& replica = replicas_[i];
        if (!replica) return;
        const auto* const before = replica->store.current();
        const auto ref_before = before ? before->block_template.ref : mining::TemplateRef{};
        carry_out(i, replica->leadership.on_epoch_seen(held.block_template.ref.epoch(), now_));
        EXPECT_FALSE(replica->leadership.is_leading() &&
                     *replica->leadership.epoch() < held.block_template.ref.epoch())
            << "it goes on though a newer epoch is there";
        if (replica->store.insert(held) != nullptr) spread(i, held);
        EXPECT_GE(replica->store.current()->block_template.ref, ref_before);
    }

    void hand_out(std::size_t to, const HeldTemplate& held) {
        auto& cache = subscribers_[to];
        const auto* const before = cache.current();
        const auto ref_before = before ? before->ref : mining::TemplateRef{};
        cache.insert(held.block_template);
        cache.advance_to(held.block_template.ref);
        EXPECT_GE(cache.current()->ref, ref_before) << "the work went back";
    }

    void break_something() {
        if (!happens_once_in(15)) return;
        const auto i = chance(replicas_count);
        switch (chance(9)) {
            case 0: replicas_[i].reset(); break;
            case 1:
            case 2:
                if (!replicas_[i]) start(i);
                break;
            case 3:
                if (replicas_[i]) replicas_[i]->is_able = !replicas_[i]->is_able;
                break;
            case 4:
                if (replicas_[i])
                    replicas_[i]->is_cut_from_redis = !replicas_[i]->is_cut_from_redis;
                break;
            case 5: {
                auto& is_cut = links_are_cut_[i][chance(replicas_count)];
                is_cut = !is_cut;
                break;
            }
            case 6: redis_.remember(); break;
            case 7: redis_.forget(); break;
            default:
                redis_.jump(milliseconds{static_cast<std::int64_t>(chance(6000)) - 4000},
                            newest_epoch());
                break;
        }
    }

    base::SeededRandom random_;
    Time now_ = beginning;
    std::multimap<Time, std::function<void()>> messages_{};
    FakeRedis redis_{};
    std::array<std::optional<Replica>, replicas_count> replicas_{};
    std::array<rpc::TemplateCache, subscribers_count> subscribers_{};
    std::array<std::array<bool, replicas_count>, replicas_count> links_are_cut_{};
    std::map<mining::Epoch, std::string> begun_{};
    std::map<mining::TemplateRef, std::uint64_t> named_{};
    std::uint64_t values_ = 0;
    int starts_ = 0;
};

TEST(LeadershipProperty, NoEpochHasTwoLeadersAndNoWorkGoesBack) {
    std::size_t epochs = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        World world{seed};
        world.run_for(std::chrono::seconds{20}, true);
        world.heal();
        // Two leases: one may run out, the next answer may be lost.
        world.run_for(5 * lease_length, false);
        const auto leaders = world.leaders();
        ASSERT_EQ(leaders.size(), 1U);
        EXPECT_EQ(leaders.front(), world.newest_epoch());
        for (const auto& subscriber : world.subscribers()) {
            ASSERT_NE(subscriber.current(), nullptr);
            EXPECT_EQ(subscriber.current()->ref.epoch(), leaders.front());
        }
        epochs += world.epochs();
        if (HasFailure()) return;
    }
    EXPECT_GT(epochs, 600U) << "the faults change leaders all the time";
}

}  // namespace
}  // namespace templates
