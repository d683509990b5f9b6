#include "bitcoin/script.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace bitcoin {
namespace {

TEST(Script, CountsSignatureOperationsAsNodesDo) {
    const struct {
        const char* hex;
        std::uint32_t count;
    } cases[] = {
        {"", 0},
        {"ac", 1},
        {"ad", 1},
        {"ae", 20},
        {"af", 20},
        {"acaeac", 22},
        {"02acacac", 1},        // data is no operation
        {"4c02acacac", 1},      // nor is it behind PUSHDATA1,
        {"4d0200acacac", 1},    // PUSHDATA2
        {"4e02000000acac", 0},  // and PUSHDATA4
        {"ac05acac", 1},        // a push that is cut short ends it
        {"ac4d02", 1},
        {"76a914aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa88ac", 1},
        {"0014acacacacacacacacacacacacacacacacacacacac", 0},
    };
    for (const auto& [hex, count] : cases) {
        SCOPED_TRACE(hex);
        EXPECT_EQ(signature_operations(*base::from_hex(hex)), count);
    }
}

TEST(Script, KnowsTheKindsThatHaveAnAddress) {
    const std::string hash20(40, 'a');
    const std::string hash32(64, 'b');
    const struct {
        std::string hex;
        ScriptType type;
    } cases[] = {
        {"76a914" + hash20 + "88ac", ScriptType::pay_to_pubkey_hash},
        {"76a914" + hash20 + "88ad", ScriptType::other},
        {"76a914" + hash20 + "88ac00", ScriptType::other},
        {"a914" + hash20 + "87", ScriptType::pay_to_script_hash},
        {"a914" + hash20 + "88", ScriptType::other},
        {"0014" + hash20, ScriptType::pay_to_witness_pubkey_hash},
        {"0020" + hash32, ScriptType::pay_to_witness_script_hash},
        {"5120" + hash32, ScriptType::pay_to_taproot},
        {"5114" + hash20, ScriptType::witness_unknown},
        {"0002abcd", ScriptType::witness_unknown},
        {"6002abcd", ScriptType::witness_unknown},
        {"6102abcd", ScriptType::other},
        {"5101ab", ScriptType::other},
        {"0015" + hash20, ScriptType::other},
        {"5128" + std::string(80, 'c'), ScriptType::witness_unknown},
        {"5129" + std::string(82, 'c'), ScriptType::other},
        {"6a", ScriptType::null_data},
        {"", ScriptType::other},
    };
    for (const auto& [hex, type] : cases) {
        SCOPED_TRACE(hex);
        EXPECT_EQ(script_type(*base::from_hex(hex)), type);
    }
}

TEST(Script, WritesWhatItReads) {
    const auto bytes = *base::from_hex(std::string(64, 'd'));
    const std::span<const std::byte, 32> hash32{bytes};
    const auto hash20 = hash32.first<20>();
    EXPECT_EQ(script_type(pay_to_pubkey_hash(hash20)), ScriptType::pay_to_pubkey_hash);
    EXPECT_EQ(script_type(pay_to_script_hash(hash20)), ScriptType::pay_to_script_hash);
    EXPECT_EQ(script_type(pay_to_witness(0, hash20)), ScriptType::pay_to_witness_pubkey_hash);
    EXPECT_EQ(script_type(pay_to_witness(0, hash32)), ScriptType::pay_to_witness_script_hash);
    EXPECT_EQ(script_type(pay_to_witness(1, hash32)), ScriptType::pay_to_taproot);
    EXPECT_EQ(base::to_hex(pay_to_witness(16, hash32.first<2>())), "6002dddd");
    EXPECT_EQ(base::to_hex(null_data(hash32.first<3>())), "6a03dddddd");
}

}  // namespace
}  // namespace bitcoin
