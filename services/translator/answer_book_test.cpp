#include "translator/answer_book.h"

#include <gmock/gmock.h>

#include <vector>

namespace translator {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Listener final : AnswerBook::Waiter {
    void on_answer_due(ShareTicket ticket) override { due.push_back(ticket.value); }
    std::vector<std::uint64_t> due{};
};

TEST(AnswerBook, TellsEachWaiterWhenItsShareHasWaitedLongEnough) {
    AnswerBook book{1s};
    Listener alice;
    Listener bob;
    const auto of_alice = book.enter(alice);
    const auto of_bob = book.enter(bob);
    const base::SteadyTime start{1h};
    book.add(of_alice, {1}, start);
    book.add(of_bob, {1}, start + 500ms);
    book.add(of_alice, {2}, start + 500ms);

    book.on_time(start + 999ms);
    EXPECT_THAT(alice.due, IsEmpty());
    book.on_time(start + 1s);
    EXPECT_THAT(alice.due, ElementsAre(1));
    EXPECT_THAT(bob.due, IsEmpty());
    book.on_time(start + 1500ms);
    EXPECT_THAT(alice.due, ElementsAre(1, 2));
    EXPECT_THAT(bob.due, ElementsAre(1));
    EXPECT_EQ(book.waiting(), 0U);
    book.leave(of_alice);
    book.leave(of_bob);
}

TEST(AnswerBook, ForgetsWhoHasLeft) {
    AnswerBook book{1s};
    Listener alice;
    const auto number = book.enter(alice);
    book.add(number, {1}, base::SteadyTime{1h});
    book.leave(number);
    Listener bob;
    const auto of_bob = book.enter(bob);
    book.on_time(base::SteadyTime{2h});
    EXPECT_THAT(alice.due, IsEmpty());
    EXPECT_THAT(bob.due, IsEmpty());
    book.leave(of_bob);
}

}  // namespace
}  // namespace translator
