#include "template/spool_record.h"

#include <gtest/gtest.h>

#include "bitcoin/block.h"
#include "bitcoin/sha256.h"
#include "template/devchain.h"
#include "template/solve_test.h"

namespace templates {
namespace {

SpooledBlock sample() {
    SpooledBlock block;
    block.height = 7;
    block.template_ref = mining::TemplateRef{0x0102030405060708};
    block.channel = mining::ChannelKey{9};
    block.found_at = base::UnixMicros{std::chrono::microseconds{1'700'000'000'123'456}};
    block.value_sat = 625'000'000;
    block.user_identity = "somebody.rig";
    block.bytes = base::Bytes(200, std::byte{0x5a});
    block.hash = bitcoin::header_hash(base::ByteView{block.bytes}.first<80>());
    return block;
}

TEST(SpoolRecord, DecodingUndoesEncoding) {
    const auto back = decode_block_file(encode_block_file(sample()));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, sample());
}

TEST(SpoolRecord, RefusesAFileThatIsCutOrChanged) {
    const auto whole = encode_block_file(sample());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode_block_file(base::ByteView{whole}.first(size)).has_value()) << size;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto changed = whole;
        changed[i] ^= std::byte{1};
        EXPECT_FALSE(decode_block_file(changed).has_value()) << i;
    }
}

TEST(SpoolRecord, TakesTheBlockOutOfAFileOfANewerFormat) {
    const Devchain chain{{}, base::UnixMicros{std::chrono::seconds{1'700'000'000}}};
    const auto solved = block_of(chain.candidate());
    auto block = sample();
    block.bytes = bitcoin::serialise(solved);
    auto file = encode_block_file(block);
    file[7] = std::byte{'3'};
    file.resize(file.size() - 32);
    base::append(file, bitcoin::sha256d(file).as_bytes());

    EXPECT_EQ(decode_block_file(file).error(), BlockFileError::newer_format);
    const auto salvaged = salvage_block_file(file);
    ASSERT_TRUE(salvaged.has_value());
    EXPECT_EQ(salvaged->bytes, block.bytes);
    EXPECT_EQ(salvaged->hash, bitcoin::header_hash(solved.header));
    EXPECT_EQ(salvaged->height, 1U);
    EXPECT_EQ(salvaged->value_sat, chain.candidate().block_template.coinbase_tx_value_remaining);
    file.back() ^= std::byte{1};
    EXPECT_EQ(salvage_block_file(file).error(), BlockFileError::damaged);
}

}  // namespace
}  // namespace templates
