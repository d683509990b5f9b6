#include "template/submit_verdict.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

TEST(SubmitVerdict, TellsWhatIsFinalFromWhatIsNot) {
    using Kind = SubmitAnswer::Kind;
    const struct {
        Kind kind;
        const char* reason;
        SubmitVerdict verdict;
    } cases[] = {
        {Kind::accepted, "", SubmitVerdict::taken},
        {Kind::duplicate, "duplicate", SubmitVerdict::taken},
        {Kind::duplicate, "", SubmitVerdict::taken},
        {Kind::rejected, "rejected: duplicate", SubmitVerdict::taken},
        {Kind::duplicate, "duplicate-inconclusive", SubmitVerdict::side_branch},
        {Kind::rejected, "inconclusive", SubmitVerdict::side_branch},
        {Kind::rejected, "prev-blk-not-found", SubmitVerdict::not_yet},
        {Kind::rejected, "rejected: bad-prevblk", SubmitVerdict::not_yet},
        {Kind::rejected, "time-too-new", SubmitVerdict::not_yet},
        {Kind::rejected, "rejected: time-too-new", SubmitVerdict::not_yet},
        {Kind::rejected, "bad-prevblk", SubmitVerdict::refused},
        {Kind::rejected, "duplicate-invalid", SubmitVerdict::refused},
        {Kind::rejected, "high-hash", SubmitVerdict::refused},
        {Kind::rejected, "rejected: bad-txnmrklroot", SubmitVerdict::refused},
        {Kind::rejected, "", SubmitVerdict::refused},
        {Kind::unreachable, "duplicate", SubmitVerdict::no_answer},
        {Kind::unsupported, "not its template", SubmitVerdict::cannot_take},
    };
    for (const auto& [kind, reason, verdict] : cases) {
        SCOPED_TRACE(reason);
        EXPECT_EQ(verdict_of({.kind = kind, .reason = reason}), verdict);
    }
}

}  // namespace
}  // namespace templates
