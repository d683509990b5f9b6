#include "redis/error.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

TEST(ClassifyErrorReply, TellsApartWhatCallersTreatDifferently) {
    const struct {
        const char* text;
        RedisError kind;
    } cases[] = {
        {"NOSCRIPT No matching script. Please use EVAL.", RedisError::no_script},
        {"READONLY You can't write against a read only replica.", RedisError::read_only},
        {"NOREPLICAS Not enough good replicas to write. script: f_0, on @user_script:1.",
         RedisError::no_replicas},
        {"OOM command not allowed when used memory > 'maxmemory'.", RedisError::out_of_memory},
        {"ERR Error running script (call to f_0): @user_script:1: -OOM command not allowed when "
         "used memory > 'maxmemory'.",
         RedisError::out_of_memory},
        {"WRONGTYPE Operation against a key holding the wrong kind of value",
         RedisError::error_reply},
        {"ERR unknown command 'ZOOM'", RedisError::error_reply},
        {"", RedisError::error_reply},
    };
    for (const auto& [text, kind] : cases) EXPECT_EQ(classify_error_reply(text), kind) << text;
}

}  // namespace
}  // namespace redis
