#include "admin/problem_book.h"

#include "admin/moments.h"
#include "admin/problem_testing.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Finding finding(std::chrono::milliseconds raise_after = 0ms) {
    return {.id = "gateway-1:wedged",
            .kind = "wedged",
            .severity = proto::Problem::SEVERITY_CRITICAL,
            .text = "it stands still",
            .service = "services/gateway-1",
            .raise_after = raise_after,
            .clear_after = 1s};
}

class ProblemBookTest : public testing::Test {
  protected:
    void look(const Findings& findings, std::chrono::milliseconds later = 500ms) {
        clock_.advance(later);
        book_.update(findings, {clock_.steady_now(), clock_.unix_now()});
    }

    base::ManualClock clock_{};
    View view_{};
    ProblemBook book_{view_};
};

TEST_F(ProblemBookTest, ShowsWhatIsSeenForLongEnough) {
    for (int i = 0; i < 4; ++i) look({finding(2s)});
    EXPECT_THAT(problem_names(view_), IsEmpty());
    look({finding(2s)});
    ASSERT_THAT(problem_names(view_), ElementsAre("problems/gateway-1:wedged"));
    const auto& row = *view_.problems.find("problems/gateway-1:wedged");
    EXPECT_EQ(row.runbook(), "docs/problems.md#wedged");
    EXPECT_EQ(from_timestamp(row.start_time()), clock_.unix_now() - 2s) << "when it was first seen";
    EXPECT_EQ(view_.pool.problems_critical(), 1U);
}

TEST_F(ProblemBookTest, BeginsAnewForWhatWasAwayBeforeItWasShown) {
    look({finding(1s)});
    look({finding(1s)});
    look({});
    look({finding(1s)});
    look({finding(1s)});
    EXPECT_THAT(problem_names(view_), IsEmpty());
}

TEST_F(ProblemBookTest, TakesBackOnlyWhatIsAwayForLongEnough) {
    look({finding()});
    look({});
    EXPECT_THAT(problem_names(view_), ElementsAre("problems/gateway-1:wedged"));
    look({finding()});
    look({});
    EXPECT_THAT(problem_names(view_), ElementsAre("problems/gateway-1:wedged"));
    look({});
    EXPECT_THAT(problem_names(view_), IsEmpty());
    EXPECT_EQ(view_.pool.problems_critical(), 0U);
}

TEST_F(ProblemBookTest, KeepsItsBeginningAndChangesNothingWhileNothingChanges) {
    auto seen = finding();
    seen.since = clock_.unix_now();
    look({seen});
    const auto version = view_.problems.version();
    seen.since = *seen.since + 30ms;
    look({seen});
    EXPECT_EQ(view_.problems.version(), version);
    seen.text = "it stands still elsewhere";
    look({seen});
    EXPECT_GT(view_.problems.version(), version);
}

}  // namespace
}  // namespace admin
