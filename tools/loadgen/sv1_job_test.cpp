#include "loadgen/sv1_job.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "sv1/difficulty.h"

namespace loadgen {
namespace {

/// One in about 43 hashes is a share.
Sv1Job easy_job() {
    Sv1Job job;
    job.id = "1";
    job.coinbase1 = base::to_bytes("before");
    job.coinbase2 = base::to_bytes("after");
    job.merkle_branch = {bitcoin::sha256(base::as_bytes("one")),
                         bitcoin::sha256(base::as_bytes("two"))};
    job.version = 0x20000000;
    job.nbits = 0x207fffff;
    job.ntime = 1'700'000'000;
    job.extranonce1.size = 4;
    job.extranonce1.bytes[0] = std::byte{7};
    job.extranonce2_size = 8;
    job.target = sv1::target_of(1e-8);
    return job;
}

TEST(ShareSearch, FindsSharesWhoseHeaderIsTheJobs) {
    const auto job = easy_job();
    const auto extranonce2 = extranonce2_of(0x0102, 8);
    ShareSearch search;
    search.begin(job, extranonce2, job.ntime + 5, job.version | 0x2000);
    std::uint64_t hashes = 0;
    for (int i = 0; i < 100; ++i) {
        const auto step = search.search(100'000);
        ASSERT_TRUE(step.found);
        const auto& [rolled, header, hash] = *step.found;
        hashes += step.hashes;
        EXPECT_EQ(rolled, extranonce2);
        EXPECT_EQ(header.version, job.version | 0x2000);
        EXPECT_EQ(header.ntime, job.ntime + 5);
        EXPECT_EQ(header.nonce, hashes - 1);
        EXPECT_EQ(bitcoin::header_hash(header), hash);
        EXPECT_TRUE(job.target.is_met_by(hash));
        const auto coinbase =
            bitcoin::sha256d(*base::from_hex(base::to_hex(job.coinbase1) + "07000000" +
                                             "0000000000000102" + base::to_hex(job.coinbase2)));
        EXPECT_EQ(header.merkle_root, bitcoin::fold_merkle_path(coinbase, job.merkle_branch));
    }
    EXPECT_GT(hashes, 100U * 20);
    EXPECT_LT(hashes, 100U * 90);
}

TEST(ShareSearch, GoesOnWhereItStopped) {
    const auto job = easy_job();
    ShareSearch whole;
    ShareSearch pieces;
    whole.begin(job, extranonce2_of(1, 8), job.ntime, job.version);
    pieces.begin(job, extranonce2_of(1, 8), job.ntime, job.version);
    for (int i = 0; i < 20; ++i) {
        const auto expected = whole.search(100'000).found;
        std::optional<FoundShare> found;
        for (int j = 0; j < 100'000 && !found; ++j) found = pieces.search(2).found;
        ASSERT_TRUE(found && expected);
        EXPECT_EQ(found->hash, expected->hash);
    }
}

TEST(ShareSearch, StopsAtItsBound) {
    auto job = easy_job();
    job.target = {};
    ShareSearch search;
    search.begin(job, extranonce2_of(1, 8), job.ntime, job.version);
    const auto step = search.search(1000);
    EXPECT_EQ(step.hashes, 1000U);
    EXPECT_FALSE(step.found);
}

TEST(Extranonce2, IsWrittenMostSignificantFirst) {
    EXPECT_EQ(base::to_hex(extranonce2_of(0x010203, 4).view()), "00010203");
    EXPECT_EQ(base::to_hex(extranonce2_of(0x010203, 2).view()), "0203");
    EXPECT_EQ(extranonce2_of(1, 0).size, 0U);
}

}  // namespace
}  // namespace loadgen
