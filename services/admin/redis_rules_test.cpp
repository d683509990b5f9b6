#include "admin/redis_rules.h"

#include "admin/problem_testing.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RedisRules : public testing::Test {
  protected:
    RedisRules() {
        state_.address = "10.0.0.1:6379";
        state_.begun = now_;
        state_.answered = now_;
        state_.append_fsync = "always";
        state_.info.emplace();
        state_.info->has_append_only_file = true;
    }
    Findings judge(std::uint32_t replicas_wanted = 0) {
        Findings findings;
        judge_redis({&state_}, replicas_wanted, now_, findings);
        return findings;
    }
    void wait(std::chrono::milliseconds for_so_long) {
        now_ = {now_.steady + for_so_long, now_.unix + for_so_long};
    }

    Moment now_{base::SteadyTime{1h}, base::UnixMicros{1'700'000'000s}};
    RedisState state_{};
};

TEST_F(RedisRules, FindNothingWrongWithADurableOne) {
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(RedisRules, NameOneThatDoesNotAnswerWithinTwoSeconds) {
    state_.failures = 1;
    state_.why = "no answer in time";
    wait(1'900ms);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    wait(100ms);
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("redis-not-answering"));
    EXPECT_EQ(found[0].service, "services/redis-10.0.0.1:6379");
    EXPECT_EQ(found[0].since, state_.answered->unix);
    EXPECT_THAT(found[0].text, HasSubstr("10.0.0.1:6379 has not answered since 22:13:20 UTC"));
}

TEST_F(RedisRules, NameWhatMakesItForget) {
    const struct {
        const char* what;
        void (*change)(RedisState&);
        const char* kind;
        const char* says;
    } cases[] = {
        {"no file", [](auto& s) { s.info->has_append_only_file = false; }, "redis-not-durable",
         "append-only file is off"},
        {"lazy fsync", [](auto& s) { s.append_fsync = "everysec"; }, "redis-not-durable",
         "everysec"},
        {"a full disk", [](auto& s) { s.info->is_last_write_good = false; }, "redis-not-durable",
         "disk full"},
        {"few replicas", [](auto& s) { s.info->replicas.pop_back(); }, "redis-not-durable",
         "1 of 2 replicas"},
        {"a torn cluster",
         [](auto& s) { s.cluster = ClusterInfo{.is_ok = true, .slots_missing = 5461}; },
         "redis-not-ready", "serves 5461 slots"},
        {"a cluster without a majority",
         [](auto& s) { s.cluster = ClusterInfo{.is_ok = false, .slots_missing = 0}; },
         "redis-not-ready", "no majority"},
        {"eviction",
         [](auto& s) {
             s.info->memory_max = 1'000;
             s.info->memory_policy = "allkeys-lru";
         },
         "redis-evicts", "allkeys-lru"},
        {"little memory",
         [](auto& s) {
             s.info->memory_max = 1'000;
             s.info->used_memory = 900;
             s.info->memory_policy = "noeviction";
         },
         "redis-memory-full", "nine tenths"},
        {"loading", [](auto& s) { s.info->is_loading = true; }, "redis-not-ready", "loads"},
        {"a replica",
         [](auto& s) {
             s.info->is_primary = false;
             s.info->primary_address = "10.0.0.9:6379";
         },
         "redis-not-ready", "replica of 10.0.0.9:6379"},
    };
    state_.info->replicas = {{.address = "a", .is_online = true},
                             {.address = "b", .is_online = true}};
    EXPECT_THAT(kinds_of(judge(2)), IsEmpty());
    const auto good = state_;
    for (const auto& [what, change, kind, says] : cases) {
        SCOPED_TRACE(what);
        state_ = good;
        change(state_);
        const auto found = judge(2);
        ASSERT_THAT(kinds_of(found), ElementsAre(kind));
        EXPECT_THAT(found[0].text, HasSubstr(says));
    }
}

TEST_F(RedisRules, KnowNothingOfAFsyncThatMayNotBeAskedFor) {
    state_.append_fsync.clear();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

}  // namespace
}  // namespace admin
