#include "translator/notify_text.h"

#include <gtest/gtest.h>

#include <memory>

#include "sv1/notifications.h"
#include "translator/miner_testing.h"

namespace translator {
namespace {

std::shared_ptr<const SharedJob> job_with(std::size_t branches) {
    const auto parts = testing::some_parts();
    parts->merkle_path.resize(branches);
    for (std::size_t i = 0; i < branches; ++i)
        parts->merkle_path[i].bytes[i] = static_cast<std::uint8_t>(i + 1);
    Tip tip{.nbits = 0x1b00d7c0, .min_ntime = 1};
    for (std::size_t i = 0; i < 32; ++i)
        tip.prev_hash.value.bytes[i] = static_cast<std::uint8_t>(i);
    return std::make_shared<SharedJob>(
        SharedJob{.parts = parts, .tip = std::make_shared<Tip>(tip)});
}

TEST(NotifyText, C243_C244_IsTheLineThatThePartsMakeTogether) {
    for (const std::size_t branches : {0U, 1U, 2U, 32U})
        for (const bool is_clean : {false, true}) {
            const auto job = job_with(branches);
            const auto tail = base::from_hex("aabb00ff").value();
            std::string line;
            NotifyText{*job}.append(4711, tail, 0x680be961, is_clean, line);

            auto coinbase1 = job->parts->coinbase_prefix;
            base::append(coinbase1, tail);
            std::string whole;
            sv1::append_call(sv1::Notify{.job_id = "4711",
                                         .prev_hash = job->tip->prev_hash.value,
                                         .coinbase1 = coinbase1,
                                         .coinbase2 = job->parts->coinbase_suffix,
                                         .merkle_branch = job->parts->merkle_path,
                                         .version = job->parts->version,
                                         .nbits = job->tip->nbits,
                                         .ntime = 0x680be961,
                                         .clean_jobs = is_clean},
                             whole);
            EXPECT_EQ(line, whole);
        }
}

TEST(NotifyTexts, WriteAJobOnceForAllMinersAndKeepFew) {
    NotifyTexts texts;
    const auto first = job_with(1);
    const auto* const text = &texts.of(first);
    EXPECT_EQ(&texts.of(first), text);
    const std::weak_ptr<const SharedJob> watched = first;
    const auto kept_by_others = first.use_count();
    for (std::size_t i = 0; i < NotifyTexts::kept_max; ++i) texts.of(job_with(2));
    EXPECT_EQ(first.use_count(), kept_by_others - 1);
}

}  // namespace
}  // namespace translator
