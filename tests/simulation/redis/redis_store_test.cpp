#include "simulation/redis/redis_store.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace simulation {
namespace {

using redis::Reply;

class RedisStoreTest : public testing::Test {
  protected:
    Reply run(const redis::Args& args) { return store_.execute(args); }
    std::string error(const redis::Args& args) {
        const auto reply = run(args);
        return reply.error() == nullptr ? "" : reply.error()->text;
    }

    std::int64_t now_us_ = 1'764'201'600'000'000;
    RedisStore store_{[this] { return now_us_; }, 7};
};

TEST_F(RedisStoreTest, ThrowsAtWhatThePoolDoesNotUse) {
    EXPECT_THROW(run({"GEOADD", "a", "1", "2", "x"}), std::logic_error);
    EXPECT_THROW(run({"EVAL", "return redis.call('GEOADD', 'a', 1, 2, 'x')", "0"}),
                 std::logic_error);
    EXPECT_THROW(run({"SET", "a", "1", "KEEPTTL"}), std::logic_error);
    EXPECT_EQ(run({"EVAL", "return 1", "0"}), Reply{std::int64_t{1}}) << "it goes on";
}

TEST_F(RedisStoreTest, AScriptHasNoWayOut) {
    for (const char* name : {"os", "io", "require", "loadstring and print", "math.random or x"})
        EXPECT_NE(error({"EVAL", std::string{"return "} + name, "0"}), "") << name;
}

TEST_F(RedisStoreTest, AnExpiryIsWhatTheClockSays) {
    run({"SET", "a", "1", "PX", "10"});
    now_us_ += 10'000;
    EXPECT_EQ(run({"GET", "a"}), Reply{"1"});
    now_us_ += 1'000;
    EXPECT_EQ(run({"GET", "a"}), Reply{});
}

TEST_F(RedisStoreTest, ACopyIsAnother) {
    run({"HSET", "a", "f", "1"});
    auto copy = store_;
    copy.execute({"HSET", "a", "f", "2"});
    EXPECT_EQ(run({"HGET", "a", "f"}), Reply{"1"});
    EXPECT_EQ(copy.execute({"HGET", "a", "f"}), Reply{"2"});
}

TEST_F(RedisStoreTest, ForgetsItsScriptsAsARestartDoes) {
    const auto digest = *run({"SCRIPT", "LOAD", "return 5"}).string();
    EXPECT_EQ(run({"EVALSHA", digest, "0"}), Reply{std::int64_t{5}});
    store_.forget_scripts();
    EXPECT_TRUE(error({"EVALSHA", digest, "0"}).starts_with("NOSCRIPT"));
}

/// What is there from the first step to the last is met, whatever comes and goes meanwhile.
TEST_F(RedisStoreTest, AScanMeetsAllThatStays) {
    for (int i = 0; i < 500; ++i) run({"SET", "stays:" + std::to_string(i), ""});
    for (int i = 0; i < 600; ++i) run({"HSET", "hash", std::to_string(i), std::string(80, 'x')});
    for (const redis::Args& scan : {redis::Args{"SCAN"}, redis::Args{"HSCAN", "hash"}}) {
        std::set<std::string> met;
        std::string cursor = "0";
        int pages = 0;
        do {
            auto args = scan;
            args.insert(args.end(), {cursor, "COUNT", "50"});
            const auto reply = run(args);
            cursor = reply.string_at(0);
            for (const auto& item : *(*reply.array())[1].array()) met.insert(*item.string());
            run({"SET", "comes:" + std::to_string(++pages), ""});
            run({"UNLINK", "comes:" + std::to_string(pages - 2)});
        } while (cursor != "0");
        EXPECT_GT(pages, 9);
        for (int i = 0; i < 500; ++i)
            EXPECT_TRUE(
                met.contains(scan[0] == "SCAN" ? "stays:" + std::to_string(i) : std::to_string(i)));
    }
}

}  // namespace
}  // namespace simulation
