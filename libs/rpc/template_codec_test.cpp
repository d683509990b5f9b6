#include "rpc/template_codec.h"

#include <gtest/gtest.h>

#include <functional>

#include "rpc/template_samples.h"

namespace rpc {
namespace {

namespace proto = adit::templates::v1;

TEST(TemplateCodec, DecodingUndoesEncoding) {
    const auto original = sample_template(7, 1);
    const auto decoded = from_proto(to_proto(original));
    ASSERT_TRUE(decoded.has_value()) << decoded.error();
    EXPECT_EQ(*decoded, original);
}

TEST(TemplateCodec, RefusesWhatIsNoTemplateAndSaysWhy) {
    const struct {
        const char* reason;
        std::function<void(proto::BlockTemplate&)> spoil;
    } cases[] = {
        {"no ref", [](auto& t) { t.clear_ref(); }},
        {"unknown derivation version", [](auto& t) { t.set_derivation_version(2); }},
        {"prev_hash does not have 32 bytes", [](auto& t) { t.clear_tip(); }},
        {"prev_hash does not have 32 bytes",
         [](auto& t) { t.mutable_tip()->set_prev_hash(std::string(33, 'x')); }},
        {"network_target does not have 32 bytes",
         [](auto& t) { t.mutable_tip()->set_network_target("short"); }},
        {"nbits stands for no target", [](auto& t) { t.mutable_tip()->set_nbits(0); }},
        {"network_target is easier than nbits",
         [](auto& t) { t.mutable_tip()->set_nbits(0x1b00ffff); }},
        {"coinbase_prefix is too long",
         [](auto& t) { t.set_coinbase_prefix(std::string(9, 'x')); }},
        {"more money than there is",
         [](auto& t) { t.set_coinbase_tx_value_remaining(2'100'000'000'000'001); }},
        {"coinbase_tx_outputs are too long",
         [](auto& t) { t.set_coinbase_tx_outputs(std::string(65'536, 'x')); }},
        {"coinbase_tx_outputs are not as many outputs as counted",
         [](auto& t) { t.set_coinbase_tx_outputs_count(2); }},
        {"coinbase_tx_outputs are not as many outputs as counted",
         [](auto& t) { t.mutable_coinbase_tx_outputs()->push_back('x'); }},
        {"coinbase_tx_outputs are not as many outputs as counted",
         [](auto& t) { t.mutable_coinbase_tx_outputs()->pop_back(); }},
        {"merkle_path is too long",
         [](auto& t) {
             for (int i = 0; i < 18; ++i) t.add_merkle_path(std::string(32, 'x'));
         }},
        {"a node of merkle_path does not have 32 bytes",
         [](auto& t) { t.add_merkle_path("short"); }},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto message = to_proto(sample_template(7, 1));
        spoil(message);
        const auto decoded = from_proto(message);
        ASSERT_FALSE(decoded.has_value());
        EXPECT_EQ(decoded.error(), reason);
    }
}

}  // namespace
}  // namespace rpc
