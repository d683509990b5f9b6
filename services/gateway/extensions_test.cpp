#include "gateway/extensions.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using Ids = Extensions::Ids;

TEST(Extensions, C227_C229_AgreesOnWhatItServesOfARequest) {
    const struct {
        const char* what;
        Ids requested;
        bool is_success;
        Ids named;
    } cases[] = {
        {"both", {1, 2}, true, {1, 2}},
        {"the worker's identity", {2}, true, {2}},
        {"one of several", {7, 2, 0x4000}, true, {2}},
        {"nothing", {}, true, {}},
        {"one twice", {2, 2}, true, {2}},
        {"none that is served", {3, 0xffff}, false, {3, 0xffff}},
    };
    for (const auto& [what, requested, is_success, named] : cases) {
        SCOPED_TRACE(what);
        Extensions extensions{{}};
        const auto answer = extensions.on_request(requested, false);
        EXPECT_EQ(answer.is_success, is_success);
        EXPECT_EQ(is_success ? answer.supported : answer.unsupported, named);
        EXPECT_TRUE(answer.missing.empty());
        EXPECT_FALSE(answer.is_hopeless);
        EXPECT_EQ(extensions.has_worker_identity(), is_success && extensions.has(2));
        for (const auto id : named) EXPECT_EQ(extensions.has(id), is_success);
    }
}

TEST(Extensions, AnotherRequestReplacesTheAgreementUntilThereAreChannels) {
    Extensions extensions{{}};
    static_cast<void>(extensions.on_request({2}, false));
    EXPECT_TRUE(extensions.has_worker_identity());
    static_cast<void>(extensions.on_request({1}, false));
    EXPECT_FALSE(extensions.has_worker_identity());
    const auto late = extensions.on_request({1, 2}, true);
    EXPECT_FALSE(late.is_success);
    EXPECT_EQ(late.unsupported, (Ids{1, 2}));
    EXPECT_FALSE(extensions.has_worker_identity());
    EXPECT_TRUE(extensions.has(1)) << "the agreement of before stands";
}

TEST(Extensions, C230_NamesWhatIsRequiredAndWasNotRequested) {
    Extensions extensions{{2}};
    EXPECT_FALSE(extensions.is_satisfied());
    const auto refused = extensions.on_request({1}, false);
    EXPECT_FALSE(refused.is_success);
    EXPECT_EQ(refused.missing, Ids{2});
    EXPECT_TRUE(refused.unsupported.empty());
    EXPECT_FALSE(refused.is_hopeless) << "it may ask again";
    EXPECT_FALSE(extensions.has(1)) << "after an Error nothing is agreed";

    EXPECT_TRUE(extensions.on_request({1, 2}, false).is_success);
    EXPECT_TRUE(extensions.is_satisfied());
}

TEST(Extensions, C231_GivesUpOnAClientThatAsksAgainWithoutWhatIsRequired) {
    Extensions extensions{{2}};
    EXPECT_FALSE(extensions.on_request({}, false).is_hopeless);
    EXPECT_TRUE(extensions.on_request({3}, false).is_hopeless);
}

}  // namespace
}  // namespace gateway
