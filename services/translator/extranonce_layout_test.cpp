#include "translator/extranonce_layout.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hex.h"

namespace translator {
namespace {

sv1::ExtranonceBytes own_bytes() {
    sv1::ExtranonceBytes own{.size = own_extranonce1_size};
    for (std::size_t i = 0; i < own.size; ++i) own.bytes[i] = std::byte{0xe0};
    return own;
}

/// "coinbase1_tail|extranonce1|head|extranonce2_size", or nothing.
std::string laid_out(PrefixIn prefix_in, const char* prefix, std::size_t rolled,
                     std::size_t extranonce2 = 8) {
    const auto layout =
        lay_out(prefix_in, std::make_shared<base::Bytes>(base::from_hex(prefix).value()), rolled,
                own_bytes(), extranonce2);
    if (!layout) return "";
    return base::to_hex(layout->coinbase1_tail) + "|" + base::to_hex(layout->extranonce1.view()) +
           "|" + base::to_hex(layout->head.bytes()) + "|" +
           std::to_string(layout->extranonce2_size);
}

TEST(ExtranonceLayout, C255_Extranonce1IsThePrefixAndTheSlackThatThePoolGrantsBeyond) {
    using enum PrefixIn;
    EXPECT_EQ(laid_out(extranonce1, "aabb", 8), "|aabb||8");
    EXPECT_EQ(laid_out(extranonce1, "aabb", 12), "|aabb00000000|00000000|8");
    EXPECT_EQ(laid_out(extranonce1, "aabb", 5), "|aabb||5") << "the pool grants less";
    EXPECT_EQ(laid_out(extranonce1, "aabb", 1), "|aabb||1");
    EXPECT_EQ(laid_out(extranonce1, "", 8), "|00|00|7") << "cgminer refuses an empty one";
    EXPECT_EQ(laid_out(extranonce1, "", 1), "");
    EXPECT_EQ(laid_out(extranonce1, "aabb", 0), "");
}

TEST(ExtranonceLayout, C255_OrThePrefixEndsCoinbase1AndExtranonce1IsOurs) {
    using enum PrefixIn;
    EXPECT_EQ(laid_out(coinbase1, "aabb", 12), "aabb|e0e0e0e0|e0e0e0e0|8");
    EXPECT_EQ(laid_out(coinbase1, "aabb", 14), "aabb0000|e0e0e0e0|0000e0e0e0e0|8");
    EXPECT_EQ(laid_out(coinbase1, "", 12), "|e0e0e0e0|e0e0e0e0|8");
    const struct {
        const char* when;
        std::size_t rolled;
        const char* layout;
    } less[] = {
        {"extranonce2 goes first", 11, "aabb|e0e0e0e0|e0e0e0e0|7"},
        {"down to four bytes", 8, "aabb|e0e0e0e0|e0e0e0e0|4"},
        {"then ours", 7, "aabb|e0e0e0|e0e0e0|4"},
        {"down to one", 5, "aabb|e0|e0|4"},
        {"and the miner's again", 3, "aabb|e0|e0|2"},
        {"down to one too", 2, "aabb|e0|e0|1"},
        {"which is the end", 1, ""},
    };
    for (const auto& [when, rolled, layout] : less) {
        SCOPED_TRACE(when);
        EXPECT_EQ(laid_out(coinbase1, "aabb", rolled), layout);
    }
    EXPECT_EQ(laid_out(coinbase1, "aabb", 8, 2), "aabb0000|e0e0e0e0|0000e0e0e0e0|2");
}

TEST(ExtranonceLayout, C255_EveryLayoutHasAllTheBytesOfTheChannelInTheirOrder) {
    for (const auto prefix_in : {PrefixIn::extranonce1, PrefixIn::coinbase1})
        for (std::size_t prefix = 0; prefix <= 33; ++prefix)
            for (std::size_t rolled = 0; rolled <= 33; ++rolled)
                for (std::size_t wanted = 1; wanted <= 8; ++wanted) {
                    const auto bytes = std::make_shared<base::Bytes>(prefix, std::byte{0xaa});
                    const auto layout = lay_out(prefix_in, bytes, rolled, own_bytes(), wanted);
                    if (prefix + rolled > 32 || rolled < 2) {
                        EXPECT_FALSE(layout && prefix + rolled > 32);
                        if (!layout) continue;
                    }
                    ASSERT_TRUE(layout) << prefix << " and " << rolled;
                    auto told = layout->coinbase1_tail;
                    base::append(told, layout->extranonce1.view());
                    auto meant = *bytes;
                    base::append(meant, layout->head.bytes());
                    EXPECT_EQ(told, meant);
                    EXPECT_EQ(told.size() + layout->extranonce2_size, prefix + rolled);
                    EXPECT_EQ(layout->head.size() + layout->extranonce2_size, rolled);
                    EXPECT_GE(layout->extranonce1.size, 1U);
                    EXPECT_GE(layout->extranonce2_size, 1U);
                    EXPECT_LE(layout->extranonce2_size, wanted);
                }
}

}  // namespace
}  // namespace translator
