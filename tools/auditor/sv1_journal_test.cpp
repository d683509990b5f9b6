#include "auditor/sv1_journal.h"

#include <gtest/gtest.h>

#include "mining/job.h"
#include "mining/records_testing.h"

namespace auditor {
namespace {

TEST(LedgerJobOf, ReadsBackWhatJobsAreDerivedWith) {
    auto block_template = mining::some_template();
    block_template.ref = mining::TemplateRef{0x0102030405060708};
    const mining::ChannelKey key{0x1122334455667788};
    const auto parts = mining::derive_coinbase(block_template, mining::some_outputs(),
                                               mining::Variant{0x0203}, 16);
    ASSERT_TRUE(parts);
    auto coinbase = parts->prefix;
    EXPECT_FALSE(ledger_job_of(coinbase)) << "without the channel's key";
    base::append(coinbase, key.to_bytes());
    EXPECT_EQ(ledger_job_of(coinbase),
              (LedgerJob{key, block_template.ref, mining::Variant{0x0203}}));
    base::append(coinbase, parts->suffix);
    EXPECT_TRUE(ledger_job_of(coinbase));
}

TEST(LedgerJobOf, IsNothingForOtherCoinbases) {
    EXPECT_FALSE(ledger_job_of({}));
    base::Bytes coinbase(42, std::byte{0});
    coinbase[41] = std::byte{60};
    coinbase.resize(42 + 60, std::byte{0x51});
    EXPECT_FALSE(ledger_job_of(coinbase));
    coinbase[42] = std::byte{75};
    EXPECT_FALSE(ledger_job_of(coinbase));
}

}  // namespace
}  // namespace auditor
