#include "rpc/backoff.h"

#include <gtest/gtest.h>

namespace rpc {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToItsBoundAndStartsAgainAfterSuccess) {
    base::SeededRandom random{1};
    Backoff backoff{random, {.first = milliseconds{100}, .last = milliseconds{400}}};
    for (const int most : {100, 200, 400, 400, 400}) {
        SCOPED_TRACE(most);
        const auto wait = backoff.next();
        EXPECT_GE(wait, milliseconds{most / 2});
        EXPECT_LE(wait, milliseconds{most});
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), milliseconds{100});
}

TEST(Backoff, SpreadsThoseWhoStartTogether) {
    base::SeededRandom a{1};
    base::SeededRandom b{2};
    Backoff first{a, {.first = milliseconds{100'000}, .last = milliseconds{100'000}}};
    Backoff second{b, {.first = milliseconds{100'000}, .last = milliseconds{100'000}}};
    EXPECT_NE(first.next(), second.next());
}

}  // namespace
}  // namespace rpc
