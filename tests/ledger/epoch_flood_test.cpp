#include <memory>
#include <set>
#include <sstream>

#include "fixture.h"
#include "support/child.h"

namespace ledger {
namespace {

constexpr int gateways = 50;
constexpr int channels = 2'000;

/// Fifty gateways at a time, each a process, and every extranonce prefix that they ever gave out.
class EpochFlood : public LedgerTest {
  protected:
    /// Starts fifty at once and waits for them. How many prefixes had been given out before.
    std::size_t start_all() {
        std::vector<std::unique_ptr<test_support::Child>> started;
        for (int i = 0; i < gateways; ++i)
            started.push_back(std::make_unique<test_support::Child>(std::vector<std::string>{
                EPOCH_TAKER, redis::to_string(server_.address()), std::to_string(channels)}));
        std::size_t repeated = 0;
        for (const auto& gateway : started) {
            EXPECT_EQ(gateway->wait(std::chrono::seconds{60}), 0) << gateway->output();
            std::istringstream lines{gateway->output()};
            std::string line;
            int count = 0;
            for (; std::getline(lines, line); ++count) {
                EXPECT_EQ(line.size(), 16U);
                if (!prefixes_.insert(line).second) ++repeated;
                if (count == 0) {
                    EXPECT_TRUE(epochs_.insert(line.substr(0, 10)).second) << "epoch given twice";
                }
            }
            EXPECT_EQ(count, channels);
        }
        return repeated;
    }

    std::set<std::string> prefixes_{};
    std::set<std::string> epochs_{};
};

TEST_F(EpochFlood, NoPrefixAndNoEpochIsGivenTwiceByRestartsAndAnOlderRedis) {
    EXPECT_EQ(start_all(), 0U);
    server_.remember_files();
    EXPECT_EQ(start_all(), 0U) << "restarted";
    const auto epochs = server_.run({"HGET", keys::epochs, "gateway"});
    server_.go_back_to_remembered_files();
    EXPECT_NE(server_.run({"HGET", keys::epochs, "gateway"}), epochs) << "nothing was rolled back";
    EXPECT_EQ(start_all(), 0U) << "with an older Redis";
    server_.go_back_to_remembered_files();
    EXPECT_EQ(start_all(), 0U) << "and once more";
    EXPECT_EQ(epochs_.size(), std::size_t{4 * gateways});
    EXPECT_EQ(prefixes_.size(), std::size_t{4 * gateways * channels});
}

}  // namespace
}  // namespace ledger
