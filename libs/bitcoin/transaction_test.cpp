#include "bitcoin/transaction.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"
#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

TEST(Transaction, ReproducesPublishedTransactionsAndTheirIds) {
    for (const auto& line : read_vectors("transactions.txt")) {
        SCOPED_TRACE(line.at(0));
        const auto bytes = *base::from_hex(line.at(3));
        const auto transaction = parse_transaction(bytes);
        ASSERT_TRUE(transaction.has_value());
        EXPECT_EQ(base::to_hex(serialise(*transaction)), line.at(3));
        EXPECT_EQ(txid(*transaction).to_be_hex(), line.at(0));
        EXPECT_EQ(wtxid(*transaction).to_be_hex(), line.at(1));
        EXPECT_EQ(std::to_string(weight(*transaction)), line.at(2));
        EXPECT_EQ(transaction->has_witness(), line.at(0) != line.at(1));
        EXPECT_EQ(transaction->is_coinbase(), line.at(0).starts_with("4a5e1e4b"));
    }
}

TEST(Transaction, RefusesEveryBeginningOfItselfAndEveryExtension) {
    for (const auto& line : read_vectors("transactions.txt")) {
        SCOPED_TRACE(line.at(0));
        auto bytes = *base::from_hex(line.at(3));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto parsed = parse_transaction(base::ByteView{bytes}.first(size));
            ASSERT_FALSE(parsed.has_value()) << size;
            EXPECT_EQ(parsed.error(), ParseError::truncated) << size;
        }
        bytes.push_back(std::byte{0});
        EXPECT_EQ(parse_transaction(bytes).error(), ParseError::trailing);
    }
}

TEST(Transaction, RefusesFormsThatConsensusRefuses) {
    const std::string input = std::string(72, '0') + "0000000000";
    const struct {
        const char* what;
        std::string hex;
        ParseError refused;
    } cases[] = {
        {"no inputs",
         "01000000"
         "00"
         "00"
         "00000000",
         ParseError::malformed},
        {"a count in a longer form",
         "01000000"
         "fd0100" +
             input +
             "00"
             "00000000",
         ParseError::malformed},
        {"a marker over empty witnesses",
         "01000000"
         "0001"
         "01" +
             input +
             "00"
             "00"
             "00000000",
         ParseError::malformed},
        {"more inputs than bytes",
         "01000000"
         "feffffff7f" +
             input,
         ParseError::truncated},
        {"a script longer than what is left",
         "01000000"
         "01" +
             std::string(72, '0') +
             "ffffffffffffffffff"
             "00",
         ParseError::truncated},
    };
    for (const auto& [what, hex, refused] : cases) {
        SCOPED_TRACE(what);
        const auto parsed = parse_transaction(*base::from_hex(hex));
        ASSERT_FALSE(parsed.has_value());
        EXPECT_EQ(parsed.error(), refused);
    }
}

TEST(Transaction, SurvivesDamageAndReproducesWhatItAccepts) {
    base::SeededRandom random{10};
    const auto lines = read_vectors("transactions.txt");
    for (int i = 0; i < 3000; ++i) {
        auto bytes = *base::from_hex(lines[random.next_u64() % lines.size()].at(3));
        bytes[random.next_u64() % bytes.size()] = static_cast<std::byte>(random.next_u64() & 0xffU);
        const auto parsed = parse_transaction(bytes);
        if (!parsed) continue;
        EXPECT_EQ(serialise(*parsed), bytes);
    }
}

}  // namespace
}  // namespace bitcoin
