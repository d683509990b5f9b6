#include "template/template_disk.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "template/devchain.h"

namespace templates {
namespace {

/// Files in memory, on a disk that may be full.
class FilesInMemory final : public TemplateFiles {
  public:
    std::optional<std::string> write(mining::TemplateRef ref, const base::Bytes& file) override {
        ++writes;
        if (is_full) return "no space left on device";
        files[ref] = file;
        return std::nullopt;
    }
    base::Bytes read(mining::TemplateRef ref) override {
        const auto at = files.find(ref);
        return at == files.end() ? base::Bytes{} : at->second;
    }
    void remove(mining::TemplateRef ref) override { files.erase(ref); }
    void remove_older_than(std::chrono::milliseconds age) override { asked_age = age; }

    std::map<mining::TemplateRef, base::Bytes> files{};
    std::size_t writes = 0;
    bool is_full = false;
    std::chrono::milliseconds asked_age{};
};

/// Does what it was given when it is told to.
class Later final : public Background {
  public:
    void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
    void join() override { work_.clear(); }
    void run() {
        for (const auto& work : std::exchange(work_, {})) work();
    }

  private:
    std::deque<std::function<void()>> work_{};
};

class TemplateDiskTest : public testing::Test {
  protected:
    HeldTemplate held(std::uint64_t ref) {
        auto block_template = Devchain{{.start_nbits = 0x207fffff},
                                       base::UnixMicros{std::chrono::seconds{1'700'000'000}}}
                                  .candidate()
                                  .block_template;
        block_template.ref = {ref};
        return {.block_template = std::move(block_template),
                .transactions =
                    pool_.intern(std::vector<base::Bytes>{base::to_bytes("a transaction")})};
    }
    void run() {
        later_.run();
        loop_.restart();
        loop_.poll();
    }
    std::optional<TemplateCopy> load(std::uint64_t ref) {
        std::optional<TemplateCopy> got;
        disk_.load({ref}, [&](auto loaded) {
            EXPECT_FALSE(loaded.is_silent);
            got = std::move(loaded.copy);
        });
        run();
        return got;
    }

    TransactionPool pool_{};
    boost::asio::io_context loop_{};
    FilesInMemory files_{};
    Later later_{};
    TemplateDisk disk_{loop_, files_, later_};
};

TEST_F(TemplateDiskTest, KeepsATemplateUntilItIsForgotten) {
    disk_.keep(held(7));
    disk_.keep(held(7));
    run();
    EXPECT_EQ(files_.writes, 1U);
    ASSERT_TRUE(load(7).has_value());
    EXPECT_EQ(load(7)->block_template, held(7).block_template);
    EXPECT_FALSE(load(8).has_value());
    disk_.forget({7});
    run();
    EXPECT_FALSE(load(7).has_value());
}

TEST_F(TemplateDiskTest, KeepsNoneWithoutItsTransactions) {
    auto early = held(7);
    early.transactions = nullptr;
    disk_.keep(early);
    run();
    EXPECT_EQ(files_.writes, 0U);
    disk_.keep(held(7));
    run();
    EXPECT_EQ(files_.writes, 1U) << "it has them now";
}

TEST_F(TemplateDiskTest, KeepsTheNewestOnes) {
    for (std::uint64_t ref = 1; ref <= TemplateDisk::kept_max + 2; ++ref) disk_.keep(held(ref));
    run();
    EXPECT_EQ(files_.files.size(), TemplateDisk::kept_max);
    EXPECT_EQ(files_.files.begin()->first.value, 3U);
}

TEST_F(TemplateDiskTest, RetainsWhatIsWantedAndLeavesWhatOthersLeftUntilItIsOld) {
    files_.write({1}, base::to_bytes("of an earlier process"));
    disk_.keep(held(2));
    disk_.keep(held(3));
    disk_.retain([](auto ref) { return ref.value == 3; }, std::chrono::minutes{10});
    run();
    EXPECT_TRUE(files_.files.contains({1}));
    EXPECT_FALSE(files_.files.contains({2}));
    EXPECT_TRUE(files_.files.contains({3}));
    EXPECT_EQ(files_.asked_age, std::chrono::minutes{10});
}

TEST_F(TemplateDiskTest, GivesNoFileOfAnotherTemplateNorADamagedOne) {
    disk_.keep(held(7));
    run();
    files_.files[{8}] = files_.files[{7}];
    EXPECT_FALSE(load(8).has_value());
    files_.files[{7}].pop_back();
    EXPECT_FALSE(load(7).has_value());
}

TEST_F(TemplateDiskTest, ADiskThatStandsStillIsNotWaitedFor) {
    disk_.keep(held(7));
    run();
    std::size_t answers = 0;
    disk_.load({7}, [&](const auto& loaded) {
        ++answers;
        EXPECT_FALSE(loaded.copy.has_value());
        EXPECT_TRUE(loaded.is_silent) << "it has not said that it has none";
    });
    loop_.restart();
    loop_.run_for(TemplateDisk::load_wait_max * 20);
    EXPECT_EQ(answers, 1U) << "its thread has not had its turn yet";
    run();
    EXPECT_EQ(answers, 1U) << "it comes too late";
    EXPECT_TRUE(load(7).has_value());
}

TEST_F(TemplateDiskTest, AFullDiskCostsTheCopyOnly) {
    files_.is_full = true;
    disk_.keep(held(7));
    run();
    EXPECT_FALSE(load(7).has_value());
    files_.is_full = false;
    disk_.keep(held(8));
    run();
    EXPECT_TRUE(load(8).has_value());
}

}  // namespace
}  // namespace templates
