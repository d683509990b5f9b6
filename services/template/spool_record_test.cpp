#include "template/spool_record.h"

#include <gtest/gtest.h>

#include "bitcoin/header.h"

namespace templates {
namespace {

SpooledBlock sample() {
    SpooledBlock block;
    block.height = 7;
    block.template_ref = mining::TemplateRef{0x0102030405060708};
    block.channel = mining::ChannelKey{9};
    block.found_at = base::UnixMicros{std::chrono::microseconds{1'700'000'000'123'456}};
    block.bytes = base::Bytes(200, std::byte{0x5a});
    block.hash = bitcoin::header_hash(base::ByteView{block.bytes}.first<80>());
    return block;
}

TEST(SpoolRecord, DecodingUndoesEncoding) {
    EXPECT_EQ(decode_block_file(encode_block_file(sample())), sample());
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

TEST(SpoolRecord, StatesAreLinesThatPeopleCanRead) {
    const struct {
        BlockState state;
        const char* text;
    } cases[] = {
        {{}, "spooled\n"},
        {{.kind = BlockState::Kind::accepted, .reason = {}}, "accepted\n"},
        {{.kind = BlockState::Kind::rejected, .reason = "high-hash"}, "rejected high-hash\n"},
    };
    for (const auto& [state, text] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(encode_state_file(state), text);
        EXPECT_EQ(decode_state_file(text), state);
    }
    EXPECT_EQ(encode_state_file({.kind = BlockState::Kind::rejected, .reason = "two\nlines"}),
              "rejected two lines\n");
    for (const char* text : {"", "accepted", "accepted \n", "lost\n", "rejected\n"})
        EXPECT_FALSE(decode_state_file(text).has_value()) << text;
}

}  // namespace
}  // namespace templates
