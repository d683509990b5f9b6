#include "template/packer.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace templates {
namespace {

base::Bytes transaction(std::uint64_t number, std::size_t size = 100) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
    return bytes;
}

class PackerTest : public testing::Test {
  protected:
    /// Stores it as Redis would, and reads it back.
    void pack_and_check(std::uint64_t ref, const std::vector<base::Bytes>& transactions) {
        const auto list = pool.intern(transactions);
        packed = packer.pack(mining::TemplateRef{ref}, *list);
        for (const auto& pack : packed.added)
            EXPECT_TRUE(stored.emplace(pack.key, pack.transactions).second) << "overwritten";
        ASSERT_EQ(packed.places.size(), transactions.size());
        for (std::size_t i = 0; i < transactions.size(); ++i) {
            const auto& pack = stored.at(packed.packs.at(packed.places[i] >> 16));
            EXPECT_EQ(pack.at(packed.places[i] & 0xffff)->bytes, transactions[i]);
        }
        held.push_back(list);
    }
    std::size_t added() const {
        std::size_t count = 0;
        for (const auto& pack : packed.added) count += pack.transactions.size();
        return count;
    }

    Packer packer{{.pack_bytes_max = 1'000, .packs_max = 8, .waste_max = 1'000}};
    TransactionPool pool;
    Packer::Packed packed;
    std::map<std::string, std::vector<SharedTransaction>> stored;
    std::vector<TransactionList> held;
};

TEST_F(PackerTest, StoresOnlyWhatIsNew) {
    pack_and_check(1, {transaction(1), transaction(2)});
    EXPECT_EQ(added(), 2U);
    pack_and_check(2, {transaction(3), transaction(2), transaction(1)});
    EXPECT_EQ(added(), 1U);
    EXPECT_EQ(packed.packs.size(), 2U);
    pack_and_check(3, {transaction(3)});
    EXPECT_EQ(added(), 0U);
    EXPECT_EQ(packed.packs.size(), 1U);
    pack_and_check(4, {});
    EXPECT_TRUE(packed.packs.empty());
}

TEST_F(PackerTest, CutsPacksAtTheirBound) {
    std::vector<base::Bytes> transactions;
    for (std::uint64_t i = 0; i < 25; ++i) transactions.push_back(transaction(i));
    transactions.push_back(transaction(25, 5'000));
    pack_and_check(1, transactions);
    ASSERT_EQ(packed.added.size(), 4U);
    EXPECT_EQ(packed.added[0].transactions.size(), 10U);
    EXPECT_EQ(packed.added[3].transactions.size(), 1U);
}

TEST_F(PackerTest, PacksAnewWhenTooManyPacksAreNeeded) {
    std::vector<base::Bytes> transactions;
    for (std::uint64_t i = 1; i <= 9; ++i) {
        transactions.push_back(transaction(i));
        pack_and_check(i, transactions);
    }
    EXPECT_EQ(packed.packs.size(), 1U);
    EXPECT_EQ(added(), 9U);
}

TEST_F(PackerTest, PacksAnewWhatLeansOnTooMuchOfOthers) {
    std::vector<base::Bytes> transactions;
    for (std::uint64_t i = 0; i < 60; ++i) transactions.push_back(transaction(i));
    pack_and_check(1, transactions);
    // One of each pack: 600 bytes of its own, 6,000 that it would hold.
    std::vector<base::Bytes> few;
    for (std::uint64_t i = 0; i < 60; i += 10) few.push_back(transaction(i));
    pack_and_check(2, few);
    EXPECT_EQ(added(), 6U);
    EXPECT_EQ(packed.packs.size(), 1U);
}

TEST_F(PackerTest, ForgetsWhatNoTemplateKeepsAlive) {
    pack_and_check(1, {transaction(1)});
    pack_and_check(2, {transaction(2)});
    packer.retain([](auto ref) { return ref == mining::TemplateRef{2}; });
    pack_and_check(3, {transaction(1), transaction(2)});
    EXPECT_EQ(added(), 1U) << "the pack of the first may have run out";
}

TEST_F(PackerTest, ANewEpochHasPacksOfItsOwn) {
    packer.begin_epoch(mining::Epoch{1});
    pack_and_check(1, {transaction(1)});
    packer.begin_epoch(mining::Epoch{2});
    pack_and_check(2, {transaction(1)});
    EXPECT_EQ(added(), 1U);
}

TEST_F(PackerTest, AnyCourseOfTemplatesCanBeReadBack) {
    base::SeededRandom random{3};
    std::uint64_t first = 0;
    for (std::uint64_t ref = 1; ref <= 500; ++ref) {
        first += random.next_u64() % 10;
        std::vector<base::Bytes> transactions;
        for (std::uint64_t i = first; i < first + 40; ++i)
            if (random.next_u64() % 5 != 0)
                transactions.push_back(transaction(i, 60 + static_cast<std::size_t>(i % 7) * 50));
        if (ref % 97 == 0) packer.forget();
        packer.retain([&](auto at) { return at.value + 20 > ref; });
        pack_and_check(ref, transactions);
        EXPECT_LE(packed.packs.size(), 8U + packed.added.size());
    }
}

}  // namespace
}  // namespace templates
