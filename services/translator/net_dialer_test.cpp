#include "translator/net_dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace translator {
namespace {

using testing::HasSubstr;

TEST(ClosedText, NamesCauseAndCure) {
    EXPECT_THAT(closed_text("wrong-authority", true), HasSubstr("another authority"));
    EXPECT_THAT(closed_text("wrong-authority", true), HasSubstr("cure"));
    EXPECT_THAT(closed_text("certificate-expired", true), HasSubstr("our clock is ahead"));
    EXPECT_THAT(closed_text("certificate-not-yet-valid", true), HasSubstr("our clock is behind"));
    EXPECT_THAT(closed_text("plain-text", true), HasSubstr("is this the port"));
    EXPECT_THAT(closed_text("by-peer", true), HasSubstr("is this the port"));
    EXPECT_THAT(closed_text("by-peer", false), HasSubstr("connection ended"));
}

}  // namespace
}  // namespace translator
