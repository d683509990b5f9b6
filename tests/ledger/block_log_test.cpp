#include "ledger/block_log.h"

#include "fixture.h"

namespace ledger {
namespace {

using Appended = std::optional<std::string>;

BlockEntry sample() {
    return {.hash = hash_of(7),
            .event = "rejected",
            .number = 3,
            .at = base::UnixMicros{std::chrono::microseconds{1'732'600'000'000'001}},
            .replica = "00112233445566ff",
            .node = "http://127.0.0.1:8332",
            .reason = "high-hash",
            .height = 900'000,
            .template_ref = mining::TemplateRef{0xffffffffffffffff},
            .channel = mining::ChannelKey{0xfedcba9876543210},
            .user_identity = "somebody.rig",
            .value_sat = 312'500'000,
            .found_at = base::UnixMicros{std::chrono::microseconds{1'732'599'999'999'999}}};
}

class BlockLogTest : public LedgerTest {
  protected:
    Appended append(const BlockEntry& entry, std::size_t length_max = 1000,
                    const Durability& durability = {}) {
        return await<Appended>([&](auto done) {
            append_block_entry(client_, entry, length_max, durability, std::move(done));
        });
    }
    std::vector<BlockEntry> all() {
        std::vector<BlockEntry> entries;
        const auto reply = server_.run({"XRANGE", keys::blocks, "-", "+"});
        for (const auto& item : *reply.array())
            entries.push_back(read_block_entry((*item.array())[1]).value());
        return entries;
    }
};

TEST_F(BlockLogTest, GivesBackWhatWasAppended) {
    EXPECT_EQ(append(sample()), std::nullopt);
    auto other = sample();
    other.event = "given_up";
    other.node.clear();
    other.reason = std::string{"two\nlines"};
    EXPECT_EQ(append(other), std::nullopt);
    EXPECT_EQ(all(), (std::vector{sample(), other}));
}

TEST_F(BlockLogTest, NamesAReplayAsTheSame) {
    auto later = sample();
    later.at += std::chrono::microseconds{1};
    EXPECT_EQ(name_of(sample()), name_of(sample()));
    EXPECT_NE(name_of(sample()), name_of(later));
}

TEST_F(BlockLogTest, KeepsNoMoreThanItShould) {
    for (int i = 0; i < 500; ++i) (void)append(sample(), 100);
    EXPECT_GE(integer({"XLEN", keys::blocks}), 100);
    EXPECT_LE(integer({"XLEN", keys::blocks}), 300) << "Redis trims whole nodes of 100 entries";
}

TEST_F(BlockLogTest, IsNotThereBeforeAReplicaHasIt) {
    const auto answer =
        append(sample(), 100, {.replicas = 1, .wait_timeout = std::chrono::milliseconds{10}});
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(*answer, "0 of 1 replicas of Redis have it");
}

TEST_F(BlockLogTest, PassesOverWhatIsNoEntry) {
    using redis::Reply;
    EXPECT_FALSE(read_block_entry(Reply{}).has_value());
    EXPECT_FALSE(read_block_entry(Reply{Reply::Array{Reply{"hash"}, Reply{"x"}}}).has_value());
}

}  // namespace
}  // namespace ledger
