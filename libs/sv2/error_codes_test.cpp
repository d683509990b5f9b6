#include "sv2/error_codes.h"

#include <gtest/gtest.h>

#include <set>

#include "sv2/message_table.h"

namespace sv2 {
namespace {

TEST(Sv2ErrorCodes, C092_C093_ArePrintableAsciiWithoutControlCharacters) {
    for_each_message([]<class M>(std::type_identity<M>) {
        for (const auto code : M::info.error_codes)
            EXPECT_TRUE(is_well_formed_code(code)) << M::info.name << ": " << code;
    });
    EXPECT_FALSE(is_well_formed_code(""));
    EXPECT_FALSE(is_well_formed_code("stale share"));
    EXPECT_FALSE(is_well_formed_code("stale\n"));
    EXPECT_FALSE(is_well_formed_code("st\x80le"));
    EXPECT_FALSE(is_well_formed_code(std::string(256, 'x')));
}

TEST(Sv2ErrorCodes, C096_EveryReplyThatCarriesACodeNamesTheOnesWeEmit) {
    std::size_t replies = 0;
    for_each_message([&]<class M>(std::type_identity<M>) {
        bool has_code = false;
        M message;
        M::fields(message, [&](std::string_view name, auto&, auto...) {
            has_code = has_code || name == "error_code";
        });
        EXPECT_EQ(has_code, !M::info.error_codes.empty()) << M::info.name;
        const std::set<std::string_view> distinct(M::info.error_codes.begin(),
                                                  M::info.error_codes.end());
        EXPECT_EQ(distinct.size(), M::info.error_codes.size()) << M::info.name;
        replies += has_code ? 1U : 0U;
    });
    EXPECT_EQ(replies, 7U);
}

}  // namespace
}  // namespace sv2
