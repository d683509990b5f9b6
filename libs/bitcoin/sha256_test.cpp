#include "bitcoin/sha256.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/hex.h"
#include "base/random.h"

namespace bitcoin {
namespace {

base::Bytes random_bytes(base::SeededRandom& random, std::size_t size) {
    base::Bytes bytes(size);
    random.fill(bytes);
    return bytes;
}

Uint256 openssl_sha256(base::ByteView bytes) {
    Uint256 digest;
    EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr);
    return digest;
}

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4, examples
    EXPECT_EQ(base::to_hex(sha256(base::as_bytes("abc")).as_bytes()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(base::to_hex(sha256({}).as_bytes()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(base::to_hex(sha256d(base::as_bytes("hello")).as_bytes()),
              "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
}

TEST(Sha256, AgreesWithOpenSslForEveryLength) {
    base::SeededRandom random{5};
    for (std::size_t size = 0; size < 300; ++size) {
        SCOPED_TRACE(size);
        const auto bytes = random_bytes(random, size);
        EXPECT_EQ(sha256(bytes), openssl_sha256(bytes));
        EXPECT_EQ(sha256d(bytes), openssl_sha256(openssl_sha256(bytes).as_bytes()));
    }
}

TEST(Sha256, GivesTheSameDigestHoweverTheBytesArrive) {
    base::SeededRandom random{6};
    for (int i = 0; i < 300; ++i) {
        const auto bytes = random_bytes(random, random.next_u64() % 400);
        Sha256 hasher;
        base::ByteView rest{bytes};
        while (!rest.empty()) {
            const std::size_t step = std::min<std::size_t>(rest.size(), random.next_u64() % 100);
            hasher.update(rest.first(step));
            rest = rest.subspan(step);
        }
        EXPECT_EQ(hasher.digest(), openssl_sha256(bytes));
    }
}

TEST(Sha256, ContinuesManyTimesFromOneBeginning) {
    const Sha256 beginning = Sha256{}.update(base::as_bytes("a common beginning "));
    for (const auto* end : {"one", "two"}) {
        SCOPED_TRACE(end);
        auto hasher = beginning;
        hasher.update(base::as_bytes(end));
        EXPECT_EQ(hasher.digest(),
                  sha256(base::as_bytes("a common beginning " + std::string{end})));
        EXPECT_EQ(hasher.double_digest(), sha256(hasher.digest().as_bytes()));
    }
}

TEST(Sha256, HashesPairsOfNodes) {
    base::SeededRandom random{7};
    const auto bytes = random_bytes(random, 64);
    const auto left = Uint256::from_bytes(std::span{bytes}.first<32>());
    const auto right = Uint256::from_bytes(std::span{bytes}.last<32>());
    EXPECT_EQ(sha256d_pair(left, right), sha256d(bytes));
}

}  // namespace
}  // namespace bitcoin
