#include "miner/cursor.h"

#include <gtest/gtest.h>

#include <set>

#include "miner/testing.h"
#include "sv2/setup_flags.h"

namespace miner {
namespace {

using namespace std::chrono_literals;
using testing::bytes_of;
using testing::easy_target;

constexpr base::SteadyTime start{1h};

Work some_work() {
    return {.job_id = sv2::JobId{1},
            .version = 0x20000000,
            .version_mask = sv2::version_rolling_mask,
            .min_ntime = 1000,
            .ntime_since = start,
            .target = easy_target(),
            .root = bitcoin::Uint256{}};
}

Work extended_work(std::size_t extranonce_size) {
    auto work = some_work();
    auto coinbase = std::make_shared<Coinbase>();
    coinbase->prefix = bytes_of("0102");
    coinbase->suffix = bytes_of("0304");
    work.root = std::shared_ptr<const Coinbase>{coinbase};
    work.extranonce_prefix = bytes_of("aabb");
    work.extranonce_size = extranonce_size;
    return work;
}

Cursor cursor_of(Work work, Stripe stripe = {}) {
    return Cursor{std::make_shared<const Work>(std::move(work)), stripe};
}

std::vector<FoundShare> find_shares(Cursor& cursor, std::size_t count, base::SteadyTime now) {
    std::vector<FoundShare> shares;
    while (shares.size() < count) {
        auto slice = cursor.scan(1U << 16, now);
        if (slice.hashes == 0) break;
        if (slice.found) shares.push_back(std::move(*slice.found));
    }
    return shares;
}

TEST(Cursor, C151_C152_C153_FindsTheSharesOfTheReference) {
    for (const auto& vector : {testing::extended_vector, testing::standard_vector}) {
        SCOPED_TRACE(vector.hash);
        auto coinbase = std::make_shared<Coinbase>();
        coinbase->prefix = bytes_of(vector.prefix);
        coinbase->suffix = bytes_of(vector.suffix);
        auto cursor = cursor_of({.version = testing::vector_version,
                                 .prev_hash = {testing::raw_uint256(vector.prev_hash)},
                                 .nbits = testing::vector_nbits,
                                 .min_ntime = testing::vector_ntime,
                                 .ntime_since = start,
                                 .target = {*bitcoin::Uint256::from_be_hex(testing::vector_target)},
                                 .root = std::shared_ptr<const Coinbase>{coinbase},
                                 .extranonce_prefix = bytes_of(vector.extranonce)});
        std::optional<FoundShare> found;
        for (std::uint64_t hashes = 0; hashes <= vector.nonce && !found;) {
            auto slice = cursor.scan(vector.nonce + 1 - hashes, start);
            hashes += slice.hashes;
            if (slice.found && slice.found->header.nonce == vector.nonce) found = slice.found;
        }
        ASSERT_TRUE(found);
        EXPECT_EQ(found->hash.value.to_be_hex(), vector.hash);
        EXPECT_EQ(found->header.merkle_root, testing::raw_uint256(vector.merkle_root));
    }
}

TEST(Cursor, FindsOnlySharesThatMeetTheTargetAndNoneTwice) {
    for (const std::size_t extranonce_size : {0U, 1U, 8U}) {
        SCOPED_TRACE(extranonce_size);
        std::set<bitcoin::BlockHash> hashes;
        for (const std::uint64_t stripe : {0U, 1U, 2U}) {
            auto cursor = cursor_of(extended_work(extranonce_size), {stripe, 3});
            for (const auto& share : find_shares(cursor, 50, start)) {
                EXPECT_EQ(bitcoin::header_hash(share.header), share.hash);
                EXPECT_TRUE(easy_target().is_met_by(share.hash));
                EXPECT_EQ(share.extranonce.size(), extranonce_size);
                EXPECT_TRUE(hashes.insert(share.hash).second);
            }
        }
        EXPECT_EQ(hashes.size(), 150U);
    }
}

TEST(Cursor, C156_C157_RollsNoOtherVersionBitsThanThoseOfBip323) {
    auto work = some_work();
    work.version = 0x3fffffff;
    auto cursor = cursor_of(work);
    std::set<std::uint32_t> versions;
    for (const auto& share : find_shares(cursor, 100, start)) {
        versions.insert(share.header.version);
        EXPECT_EQ((share.header.version ^ work.version) & ~sv2::version_rolling_mask, 0U);
    }
    EXPECT_EQ(versions.size(), 100U);
}

TEST(Cursor, C155_LeavesTheVersionAloneWhereRollingIsNotAllowed) {
    auto work = extended_work(8);
    work.version_mask = 0;
    auto cursor = cursor_of(work);
    for (const auto& share : find_shares(cursor, 100, start))
        EXPECT_EQ(share.header.version, work.version);
}

TEST(Cursor, RollsTheBitsOfAnyMask) {
    auto work = some_work();
    work.version_mask = 0x80000011;
    std::set<std::uint32_t> rolled;
    auto cursor = cursor_of(work);
    for (const auto& share : find_shares(cursor, 8, start))
        rolled.insert(share.header.version ^ work.version);
    EXPECT_EQ(rolled, (std::set<std::uint32_t>{0, 1, 0x10, 0x11, 0x80000000, 0x80000001, 0x80000010,
                                               0x80000011}));

    auto extended = extended_work(8);
    extended.version_mask = 0x2000;
    auto one_bit = cursor_of(extended);
    for (const auto& share : find_shares(one_bit, 100, start))
        EXPECT_EQ((share.header.version ^ extended.version) & ~0x2000U, 0U);
}

TEST(Cursor, C167_KeepsNtimeBetweenMinNtimeAndTheTimeSince) {
    auto cursor = cursor_of(some_work());
    for (const auto& [elapsed, ntime] :
         {std::pair{-1s, 1000U}, {0s, 1000U}, {1s, 1001U}, {90s, 1090U}}) {
        const auto shares = find_shares(cursor, 1, start + elapsed);
        ASSERT_EQ(shares.size(), 1U);
        EXPECT_EQ(shares.front().header.ntime, ntime);
    }
    const auto later = find_shares(cursor, 1, start + 90s + 999ms);
    EXPECT_EQ(later.at(0).header.ntime, 1090U);
}

TEST(Cursor, DividesTheNoncesWhereThereIsNothingElseToDivide) {
    auto work = some_work();
    work.version_mask = 0;
    auto first = cursor_of(work, {0, 2});
    auto second = cursor_of(work, {1, 2});
    EXPECT_LT(find_shares(first, 1, start).at(0).header.nonce, 1U << 31);
    EXPECT_GE(find_shares(second, 1, start).at(0).header.nonce, 1U << 31);
}

TEST(Cursor, WaitsForNtimeWhenTheSearchSpaceIsUsedUp) {
    auto work = some_work();
    work.version_mask = 0;
    // Each of so many stripes has 16 nonces, and nothing meets a target of zero.
    work.target = {};
    auto cursor = cursor_of(work, {5, 1U << 28});
    EXPECT_EQ(cursor.scan(10, start).hashes, 10U);
    EXPECT_EQ(cursor.scan(10, start).hashes, 6U);
    EXPECT_EQ(cursor.scan(10, start).hashes, 0U);
    EXPECT_EQ(cursor.scan(10, start + 999ms).hashes, 0U);
    EXPECT_EQ(cursor.scan(100, start + 1s).hashes, 16U);
    EXPECT_EQ(cursor.scan(100, start + 1s).hashes, 0U);
}

}  // namespace
}  // namespace miner
