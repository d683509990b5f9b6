#include "sv1/requests.h"

#include <gmock/gmock.h>

#include "base/hex.h"
#include "sv1/testing.h"

namespace sv1 {
namespace {

template <class C>
std::string line_of(const C& call) {
    std::string line;
    append_call(Id::of(std::int64_t{1}), call, line);
    return line;
}

TEST(Requests, AreOneLineEach) {
    Submit share{.worker = "bob.1", .job_id = "17", .ntime = 0x680be961, .nonce = 0x4107};
    share.extranonce2.size = 2;
    EXPECT_EQ(line_of(share),
              "{\"id\":1,\"method\":\"mining.submit\",\"params\":[\"bob.1\",\"17\",\"0000\","
              "\"680be961\",\"00004107\"]}\n");
    share.version_bits = 0x2000;
    EXPECT_EQ(line_of(share),
              "{\"id\":1,\"method\":\"mining.submit\",\"params\":[\"bob.1\",\"17\",\"0000\","
              "\"680be961\",\"00004107\",\"00002000\"]}\n");
    EXPECT_EQ(line_of(Subscribe{.user_agent = "adit-miner/1"}),
              "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"adit-miner/1\"]}\n");
    EXPECT_EQ(line_of(Ping{}), "{\"id\":1,\"method\":\"mining.ping\",\"params\":[]}\n");
}

TEST(Requests, ReadAsTheyAreWritten) {
    Parser parser;
    const std::string_view listed[] = {version_rolling, "fly \"high\""};
    const auto configure =
        testing::call<Configure>(parser, line_of(Configure{.extensions = listed,
                                                           .version_rolling_mask = 0x1fffe000,
                                                           .version_rolling_min_bit_count = 2,
                                                           .minimum_difficulty = 0.25}));
    EXPECT_THAT(configure.extensions, ::testing::ElementsAreArray(listed));
    EXPECT_EQ(configure.version_rolling_mask, 0x1fffe000U);
    EXPECT_EQ(configure.version_rolling_min_bit_count, 2U);
    EXPECT_EQ(configure.minimum_difficulty, 0.25);
    EXPECT_TRUE(testing::call<Configure>(parser, line_of(Configure{})).extensions.empty());
    const auto subscribe =
        testing::call<Subscribe>(parser, line_of(Subscribe{"agent \\1", "5e55"}));
    EXPECT_EQ(subscribe.user_agent, "agent \\1");
    EXPECT_EQ(subscribe.session_id, "5e55");
    const auto authorize = testing::call<Authorize>(parser, line_of(Authorize{"b\"ob", "x"}));
    EXPECT_EQ(authorize.user, "b\"ob");
    EXPECT_EQ(authorize.password, "x");
    EXPECT_EQ(
        testing::call<SuggestDifficulty>(parser, line_of(SuggestDifficulty{0.00015})).difficulty,
        0.00015);
    bitcoin::Uint256 target;
    target.bytes[27] = 0xff;
    EXPECT_EQ(testing::call<SuggestTarget>(parser, line_of(SuggestTarget{target})).target, target);
    EXPECT_EQ(testing::call<MultiVersion>(parser, line_of(MultiVersion{4})).count, 4U);
    testing::call<ExtranonceSubscribe>(parser, line_of(ExtranonceSubscribe{}));
    testing::call<GetTransactions>(parser, line_of(GetTransactions{}));
    testing::call<GetVersion>(parser, line_of(GetVersion{}));
}

}  // namespace
}  // namespace sv1
