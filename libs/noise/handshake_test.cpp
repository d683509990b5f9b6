#include "noise/handshake.h"

#include <gtest/gtest.h>

#include <set>

#include "noise/sha256.h"
#include "noise/test_bytes.h"

namespace noise {
namespace {

// The transcript that every implementation of this handshake reproduces: private keys of repeated
// bytes, e 11, re 22, s 33, authority 44.
constexpr auto e_hex =
    "bd0954958095900bfc897b3d8b20700492532b79bf7df6ba42ec4dbe6405ee698d4af9af8c8e7c60503fed622f52c7"
    "0d92899ed17c5b1d69a4b85e7d5db80fbb";
constexpr auto re_hex =
    "db04ad8566d2c7145a7cc077ce5cbdb8ad36467e41af66a35fae94b2c7bd56f96063a412098a7e8c3b22d5b88d4914"
    "d7738f6869fe0cf17c7f88241467394f98";
constexpr auto s_hex =
    "ac3999de8072c36e8ef3af38e6d915a76fe239f9bfed456eef83e2c802790f38267684a28276d64bc9fc8d9027a9b6"
    "5ecb7107562788a5f0b57b64658fe96ea4";
constexpr auto sealed_static_hex =
    "93da57818e027702553ccb6b647da2280d21ab975ca1d3a392fcaa3ae915215919ae6cfca41ff0e7874ff878a2bdf4"
    "621410bb9a4d4ef8f1f1ff93e217eb28c18454ddb5a9e56943852fbbde945971ab";
constexpr auto sealed_certificate_hex =
    "01ed6d3f762f796efdd569c5f9929fc1485e3742f7bec80d11bf1d83023784989045661641d99e04f85b621e3daece"
    "c0bb3d256226db809a228e9dd9d3554bb3ab875ac393a50663a39166ab0fa67211398180b94c3ebb7732bd";
constexpr std::uint32_t now = 0x66000000;

EphemeralKey initiator_key() {
    return {test::repeated(0x11), {test::bytes_of<64>(e_hex)}};
}
EphemeralKey responder_key() {
    return {test::repeated(0x22), {test::bytes_of<64>(re_hex)}};
}
GatewayIdentity identity(Validity validity = {0x65000000, 0xffffffff}) {
    const auto authority = test::repeated(0x44);
    auto static_key = test::repeated(0x33);
    const auto certificate =
        sign_certificate(authority, static_key.public_key(), validity, std::array<std::byte, 32>{});
    return {
        std::move(static_key), {test::bytes_of<64>(s_hex)}, certificate, {authority.public_key()}};
}
Responder::Accepted accept(const GatewayIdentity& by) {
    return Responder{by, responder_key()}.accept(initiator_key().encoding.bytes).value();
}
std::optional<HandshakeError> refusal(TrustedAuthority trusted, const Act2& act2,
                                      std::uint32_t at = now) {
    const auto established = Initiator{trusted, initiator_key()}.finish(act2, at);
    if (established) return std::nullopt;
    return established.error();
}
std::string sealed(Transport& transport, std::string_view frame_hex) {
    base::Bytes wire;
    EXPECT_TRUE(transport.sealer.seal(base::from_hex(frame_hex).value(), wire).has_value());
    return base::to_hex(wire);
}
std::string opened(Transport& transport, std::string_view wire_hex) {
    auto wire = base::from_hex(wire_hex).value();
    const auto frame = transport.opener.open(wire, payload_size_limit);
    return frame ? base::to_hex(frame->frame) : std::string{error_code(frame.error())};
}

TEST(NoiseHandshake, C031_StartsFromTheProtocolsName) {
    const SymmetricState state;
    EXPECT_EQ(base::to_hex(state.chaining_key()),
              "2eb47881208e9eee1f669f67c66ee70ea9ea88090d503fe830dc4bc83e29bf10");
    EXPECT_EQ(base::to_hex(state.hash()),
              "922fa32e4f487c0d59caa3bed7899ce3d98db7e13dbd3b7cf2d23dd433dc6104");
}

TEST(NoiseHandshake, C034_C037_C038_C039_PassesThroughEveryStateOfTheTranscript) {
    const auto e = initiator_key();
    const auto re = responder_key();
    const auto gateway = identity();
    const auto peer = PeerKey::decode(e.encoding).value();
    EXPECT_EQ(base::to_hex(peer.x_only().bytes),
              "4f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa");

    SymmetricState state;
    state.mix_hash(e.encoding.bytes);
    state.mix_hash({});
    EXPECT_EQ(base::to_hex(state.hash()),
              "019ae74f3ba149cf475ea6ba2d13d055bbb0f614f6532a437f068a1ca4b62470");
    state.mix_hash(re.encoding.bytes);
    EXPECT_EQ(base::to_hex(state.hash()),
              "1a20ca44f017f05b00e9f5cf5b8af8a205c4ac98101d50393e62ce5b7e675068");

    EXPECT_EQ(base::to_hex(gateway.static_key.public_key().bytes),
              "3c72addb4fdf09af94f0c94d7fe92a386a7e70cf8a1d85916386bb2535c7b1b1");

    const auto ee = ecdh(re.secret, re.encoding, peer, Role::responder);
    EXPECT_EQ(base::to_hex(ee->bytes()),
              "658ddfe02219d6ecfcef7b9621591ad092b8c65089983141399a3eedd6a248c7");
    EXPECT_EQ(base::to_hex(hkdf(state.chaining_key(), ee->bytes()).second.bytes()),
              "b67322199a01f901a9692eb2ebd1f4f9afeeac96d583e48945dca5de7fc5b122");
    state.mix_key(ee->bytes());
    EXPECT_EQ(base::to_hex(state.chaining_key()),
              "716b48d32dbf5a759041481a82370b8ce21095d351814abdb25e7c352160ffde");
    base::Bytes sealed_static(80);
    ASSERT_TRUE(state.encrypt_and_hash(gateway.static_encoding.bytes, sealed_static).has_value());
    EXPECT_EQ(base::to_hex(sealed_static), sealed_static_hex);
    EXPECT_EQ(base::to_hex(state.hash()),
              "379a6706fa2de5a8e5d110a202251245e09e3b3ebd8815ecb675b38527bc3418");

    const auto es = ecdh(gateway.static_key, gateway.static_encoding, peer, Role::responder);
    EXPECT_EQ(base::to_hex(es->bytes()),
              "95375b7dfde4b71634f8e4dddb6ec4f49d328aac3da508c4b7e9cdc47c9b6cc5");
    EXPECT_EQ(base::to_hex(hkdf(state.chaining_key(), es->bytes()).second.bytes()),
              "454656e0781a6bc593201f579524b055bf79daf38967acbe5497c786bb3d8aa3");
    state.mix_key(es->bytes());
    EXPECT_EQ(base::to_hex(state.chaining_key()),
              "a8f02f8587d9524a4ca55967fbb53d1e94994a65c3cea10020af593d48384c29");
    base::Bytes sealed_certificate(90);
    ASSERT_TRUE(
        state.encrypt_and_hash(serialise(gateway.certificate), sealed_certificate).has_value());
    EXPECT_EQ(base::to_hex(sealed_certificate), sealed_certificate_hex);
    EXPECT_EQ(base::to_hex(state.hash()),
              "07e55afd1f4413adadc2c8d28c57812895f76e0fd551157c16a1918d972287b1");

    const auto keys = hkdf(state.chaining_key(), {});
    EXPECT_EQ(base::to_hex(keys.first.bytes()),
              "8140b2027d4c2efcce2a931311c00f9f8d6c809ab0ee37ed33084d35cc056a2a");
    EXPECT_EQ(base::to_hex(keys.second.bytes()),
              "5e5b6761327c5453699287c531655dc316a82775939b77b73c2a2536fb9713ee");
}

TEST(NoiseHandshake, C033_C032_SendsExactly64BytesInAct1) {
    const Initiator initiator{AnyAuthority{}, initiator_key()};
    EXPECT_EQ(initiator.act1().size(), 64U);
    EXPECT_EQ(base::to_hex(initiator.act1()), e_hex);
}

TEST(NoiseHandshake, C035_SendsExactly234BytesInAct2) {
    const auto act2 = accept(identity()).act2;
    EXPECT_EQ(act2.size(), 234U);
    EXPECT_EQ(base::to_hex(act2), std::string{re_hex} + sealed_static_hex + sealed_certificate_hex);
}

TEST(NoiseHandshake, C053_C042_ReplaysTheTranscriptInBothRoles) {
    const auto gateway = identity();
    auto accepted = accept(gateway);
    auto established =
        Initiator{gateway.authority, initiator_key()}.finish(accepted.act2, now).value();
    EXPECT_EQ(established.certificate, gateway.certificate);
    EXPECT_EQ(established.static_key, gateway.static_key.public_key());

    const std::string success = "000001060000020000000000";
    const auto success_wire = sealed(accepted.transport, success);
    EXPECT_EQ(success_wire,
              "91e51fcb97c07f48ce866ba0c6ebdf24666c63c1240d"
              "1a0ed3d020d4c9484451b594402fa3f94727950de0e5");
    EXPECT_EQ(opened(established.transport, success_wire), success);

    const std::string large = "000074f0ff00" + std::string(std::size_t{2} * 65520, '0');
    const auto large_wire = sealed(accepted.transport, large);
    EXPECT_EQ(large_wire.size(), 2U * 65574);
    EXPECT_EQ(large_wire.substr(0, 44), "454e9d15a205c8d8d648e1e7adb55e8698f2a873669d");
    EXPECT_EQ(large_wire.substr(large_wire.size() - 34), "13def687b257dd1866c7e3dcc95fe3bedf");
    EXPECT_EQ(base::to_hex(sha256({base::from_hex(large_wire).value()})),
              "5eba31ed72889babb1810b5c21383588442cac1902622c1f9d9720f0966bd848");
    EXPECT_EQ(opened(established.transport, large_wire), large);

    const std::string share = "00801a18000007000000010000000100000078563412e1690b6820000020";
    const auto share_wire = sealed(established.transport, share);
    EXPECT_EQ(share_wire,
              "949b915eef3d59e326dddd7bf5f828e24c8d7331f6a2"
              "c3bee7f2e398f7136aeb02d9f453929efd05dc45d8371116e0b4f38c7b388f572307e91fdf062c28");
    EXPECT_EQ(opened(accepted.transport, share_wire), share);
}

TEST(NoiseHandshake, AgreesWithItselfOnFreshKeys) {
    base::SeededRandom random{7};
    const auto gateway = identity();
    for (int round = 0; round < 50; ++round) {
        Initiator initiator{gateway.authority, make_ephemeral_key(random)};
        auto accepted = Responder{gateway, make_ephemeral_key(random)}.accept(initiator.act1());
        ASSERT_TRUE(accepted.has_value());
        auto established = std::move(initiator).finish(accepted->act2, now);
        ASSERT_TRUE(established.has_value());
        const std::string frame = "000001000000";
        EXPECT_EQ(opened(accepted->transport, sealed(established->transport, frame)), frame);
        EXPECT_EQ(opened(established->transport, sealed(accepted->transport, frame)), frame);
    }
}

TEST(NoiseHandshake, RefusesAct2WithAnyBitFlipped) {
    const auto gateway = identity();
    const auto act2 = accept(gateway).act2;
    ASSERT_EQ(refusal(gateway.authority, act2), std::nullopt);
    for (std::size_t i = 0; i < act2.size(); ++i) {
        auto damaged = act2;
        damaged[i] ^= std::byte{1} << (i % 8);
        EXPECT_EQ(refusal(gateway.authority, damaged), HandshakeError::authentication_failed)
            << "byte " << i;
    }
}

TEST(NoiseHandshake, C036_RefusesAct2ThatAnswersAnotherAct1) {
    const auto gateway = identity();
    auto other = initiator_key().encoding.bytes;
    other[63] ^= std::byte{1};
    const auto accepted = Responder{gateway, responder_key()}.accept(other).value();
    EXPECT_EQ(refusal(gateway.authority, accepted.act2), HandshakeError::authentication_failed);
}

TEST(NoiseHandshake, C046_C047_RefusesCertificatesThatDoNotHold) {
    const struct {
        const char* when;
        Validity validity;
        std::optional<HandshakeError> refused;
    } cases[] = {
        {"valid", {now - 1, now + 1}, std::nullopt},
        {"expired", {now - 100, now - 11}, HandshakeError::certificate_expired},
        {"expired by no more than clocks differ", {now - 100, now - 10}, std::nullopt},
        {"not yet valid", {now + 11, now + 100}, HandshakeError::certificate_not_yet_valid},
        {"not yet valid by no more than clocks differ", {now + 10, now + 100}, std::nullopt},
    };
    for (const auto& [when, validity, refused] : cases) {
        SCOPED_TRACE(when);
        const auto gateway = identity(validity);
        EXPECT_EQ(refusal(gateway.authority, accept(gateway).act2), refused);
    }
    const auto gateway = identity();
    const AuthorityPublicKey another{test::repeated(0x45).public_key()};
    EXPECT_EQ(refusal(another, accept(gateway).act2), HandshakeError::wrong_authority);
}

TEST(NoiseHandshake, C049_RefusesACertificateForAnotherStaticKey) {
    auto gateway = identity();
    gateway.static_key = test::repeated(0x34);
    gateway.static_encoding = static_encoding(gateway.static_key);
    EXPECT_EQ(refusal(gateway.authority, accept(gateway).act2), HandshakeError::wrong_authority);
}

TEST(NoiseHandshake, C048_RefusesCertificatesOfAnotherVersion) {
    auto gateway = identity();
    gateway.certificate.version = 1;
    EXPECT_EQ(refusal(gateway.authority, accept(gateway).act2),
              HandshakeError::unknown_certificate);
}

TEST(NoiseHandshake, C030_TakesAnyCertificateOnlyWhenToldThatTheLinkIsLocal) {
    const auto gateway = identity({0, 1});
    EXPECT_EQ(refusal(AnyAuthority{}, accept(gateway).act2), std::nullopt);
    EXPECT_EQ(refusal(gateway.authority, accept(gateway).act2),
              HandshakeError::certificate_expired);
}

TEST(NoiseHandshake, C065_GivesATransportOnlyWithACheckedCertificate) {
    // The types say so: an initiator has no way to seal, and what finish() returns has.
    static_assert(!std::is_constructible_v<Transport, Initiator>);
    const auto gateway = identity({0, 1});
    const auto established =
        Initiator{gateway.authority, initiator_key()}.finish(accept(gateway).act2, now);
    ASSERT_FALSE(established.has_value());
    EXPECT_EQ(error_code(established.error()), "certificate-expired");
}

TEST(NoiseHandshake, C042_FailsOnTheFirstFrameWhenTheDirectionsAreSwapped) {
    auto accepted = accept(identity());
    const auto wire = sealed(accepted.transport, "000001000000");
    EXPECT_EQ(opened(accepted.transport, wire), "authentication-failed");
}

TEST(NoiseHandshake, CannotBeRunTwiceWithOneEphemeralKey) {
    const auto gateway = identity();
    Responder responder{gateway, responder_key()};
    const auto act1 = initiator_key().encoding.bytes;
    EXPECT_TRUE(std::move(responder).accept(act1).has_value());
    const auto again = std::move(responder).accept(act1);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error(), HandshakeError::unusable_key);
}

TEST(NoiseHandshake, AnswersWhateverAStrangerSendsInAct1) {
    // Every 64 bytes are a key; a stranger that speaks another protocol fails at its first frame.
    base::SeededRandom random{8};
    const auto gateway = identity();
    for (int round = 0; round < 50; ++round) {
        Act1 act1{};
        random.fill(act1);
        if (round == 0) act1.fill(std::byte{0});
        if (round == 1) act1.fill(std::byte{0xff});
        EXPECT_TRUE(Responder(gateway, responder_key()).accept(act1).has_value());
    }
}

TEST(NoiseHandshake, NamesEachFailure) {
    std::set<std::string_view> names;
    for (int error = 0; error <= static_cast<int>(HandshakeError::wrong_authority); ++error)
        EXPECT_TRUE(names.insert(error_code(static_cast<HandshakeError>(error))).second);
    EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace noise
