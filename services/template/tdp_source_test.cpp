#include "template/tdp_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace templates {
namespace {

using testing::HasSubstr;

TEST(TdpClosedText, NamesCauseAndCure) {
    EXPECT_THAT(closed_text("wrong-authority", true), HasSubstr("another authority"));
    EXPECT_THAT(closed_text("wrong-authority", true), HasSubstr("cure"));
    EXPECT_THAT(closed_text("certificate-expired", true), HasSubstr("our clock is ahead"));
    EXPECT_THAT(closed_text("plain-text", true), HasSubstr("is this the port"));
    EXPECT_THAT(closed_text("by-peer", true), HasSubstr("is this the port"));
    EXPECT_THAT(closed_text("by-peer", false), HasSubstr("connection ended"));
}

}  // namespace
}  // namespace templates
