#include "template/transaction_stream.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

HeldTemplate template_of(TransactionPool& pool, std::uint64_t ref,
                         const std::vector<base::Bytes>& transactions) {
    HeldTemplate held;
    held.block_template.ref = mining::TemplateRef{ref};
    held.transactions = pool.intern(transactions);
    return held;
}

base::Bytes transaction(std::uint64_t number, std::size_t size = 100) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
    return bytes;
}

std::size_t bytes_added(const std::vector<proto::TransactionPart>& parts) {
    std::size_t bytes = 0;
    for (const auto& part : parts)
        for (const auto& added : part.added()) bytes += added.size();
    return bytes;
}

/// Feeds all parts; the complete list at the end.
TransactionList receive(TransactionReceiver& receiver,
                        const std::vector<proto::TransactionPart>& parts) {
    TransactionList list;
    for (const auto& part : parts) {
        const auto taken = receiver.take(part);
        EXPECT_TRUE(taken.has_value()) << taken.error();
        if (!taken) return nullptr;
        EXPECT_EQ(taken->has_value(), part.is_last());
        if (*taken) list = (*taken)->transactions;
    }
    return list;
}

TEST(TransactionStream, SendsATransactionOnce) {
    TransactionPool here;
    TransactionPool there;
    TransactionSender sender;
    TransactionReceiver receiver{there};
    const auto first = template_of(here, 1, {transaction(1), transaction(2)});
    const auto second = template_of(here, 2, {transaction(2), transaction(3)});
    const auto first_parts = sender.parts_of(first);
    EXPECT_EQ(bytes_added(first_parts), 200U);
    const auto first_list = receive(receiver, first_parts);
    const auto second_parts = sender.parts_of(second);
    EXPECT_EQ(bytes_added(second_parts), 100U);
    const auto second_list = receive(receiver, second_parts);
    ASSERT_TRUE(first_list && second_list);
    EXPECT_EQ(second_list->at(0), first_list->at(1)) << "shared on the other side too";
    EXPECT_EQ(second_list->at(1)->bytes, transaction(3));
}

TEST(TransactionStream, ATemplateWithoutTransactionsIsComplete) {
    TransactionPool pool;
    TransactionSender sender;
    TransactionReceiver receiver{pool};
    const auto list = receive(receiver, sender.parts_of(template_of(pool, 1, {})));
    ASSERT_NE(list, nullptr);
    EXPECT_TRUE(list->empty());
}

TEST(TransactionStream, CutsWhatIsLargeIntoPartsThatGrpcTakes) {
    TransactionPool here;
    TransactionPool there;
    std::vector<base::Bytes> transactions;
    for (std::uint64_t i = 0; i < 40; ++i) transactions.push_back(transaction(i, 100'000));
    transactions.push_back(transaction(40, 3'900'000));
    const auto parts = TransactionSender{}.parts_of(template_of(here, 1, transactions));
    EXPECT_GT(parts.size(), 4U);
    for (const auto& part : parts) EXPECT_LT(part.ByteSizeLong(), 4U << 20);
    TransactionReceiver receiver{there};
    const auto list = receive(receiver, parts);
    ASSERT_NE(list, nullptr);
    ASSERT_EQ(list->size(), 41U);
    for (std::size_t i = 0; i < list->size(); ++i) EXPECT_EQ(list->at(i)->bytes, transactions[i]);
}

TEST(TransactionStream, RefusesWhatMakesNoSense) {
    TransactionPool pool;
    proto::TransactionPart unknown;
    unknown.set_ref(1);
    unknown.add_numbers(1);
    EXPECT_FALSE(TransactionReceiver{pool}.take(unknown).has_value());

    TransactionReceiver receiver{pool};
    proto::TransactionPart open;
    open.set_ref(1);
    EXPECT_TRUE(receiver.take(open).has_value());
    open.set_ref(2);
    EXPECT_FALSE(receiver.take(open).has_value());
}

TEST(TransactionStreamProperty, BothEndsAgreeAndForget) {
    base::SeededRandom random{1};
    TransactionPool here;
    TransactionPool there;
    TransactionSender sender;
    TransactionReceiver receiver{there};
    std::vector<HeldTemplate> held;
    std::vector<TransactionList> received;
    std::uint64_t first = 0;
    for (std::uint64_t ref = 1; ref <= 300; ++ref) {
        first += random.next_u64() % 20;
        std::vector<base::Bytes> transactions;
        for (std::uint64_t i = first; i < first + 50; ++i)
            if (random.next_u64() % 4 != 0) transactions.push_back(transaction(i));
        held.push_back(template_of(here, ref, transactions));
        received.push_back(receive(receiver, sender.parts_of(held.back())));
        ASSERT_NE(received.back(), nullptr);
        ASSERT_EQ(received.back()->size(), transactions.size());
        for (std::size_t i = 0; i < transactions.size(); ++i)
            ASSERT_EQ(received.back()->at(i)->bytes, transactions[i]);
        if (held.size() > 5) held.erase(held.begin());
        if (received.size() > 5) received.erase(received.begin());
        // What went between two messages is forgotten with the next one.
        ASSERT_LE(there.size().transactions, here.size().transactions + 2 * 50);
    }
}

}  // namespace
}  // namespace templates
