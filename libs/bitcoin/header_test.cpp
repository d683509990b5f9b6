#include "bitcoin/header.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace bitcoin {
namespace {

/// Block 125,552 of the main chain.
Header real_header() {
    return Header{
        .version = 1,
        .prev_hash = BlockHash{*Uint256::from_be_hex(
            "00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81")},
        .merkle_root = *Uint256::from_be_hex(
            "2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3"),
        .ntime = 0x4dd7f5c7,
        .nbits = 0x1a44b9f2,
        .nonce = 0x9546a142,
    };
}

TEST(Header, HasTheBytesAndTheHashOfARealBlock) {
    const auto bytes = encode_header(real_header());
    EXPECT_EQ(base::to_hex(bytes),
              "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000"
              "e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122b"
              "c7f5d74df2b9441a42a14695");
    EXPECT_EQ(header_hash(real_header()).value.to_be_hex(),
              "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d");
    EXPECT_TRUE(expand_nbits(0x1a44b9f2)->is_met_by(header_hash(bytes)));
}

TEST(Header, DecodesWhatItEncodes) {
    EXPECT_EQ(decode_header(encode_header(real_header())), real_header());
}

}  // namespace
}  // namespace bitcoin
