#include "template/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/clock.h"
#include "bitcoin/header.h"
#include "template/spool_file.h"

namespace templates {
namespace {

using Kind = SubmitAnswer::Kind;

// A node that answers as told, at once or when asked to.
class FakeNode final : public Source {
  public:
    std::string_view name() const override { return "fake"; }
    void start(Callbacks) override {}
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override {
        blocks.push_back(std::move(block.bytes));
        if (!answers.empty()) {
            const auto answer = answers.front();
            if (answers.size() > 1) answers.erase(answers.begin());
            on_submitted(answer);
        }
    }
    std::vector<SubmitAnswer> answers{{Kind::accepted, ""}};  // the last one is given for ever
    std::vector<base::Bytes> blocks{};
};

Nodes nodes_of(FakeNode& node) {
    std::vector<Nodes::Node> nodes(1);
    nodes.front() = {.name = "fake", .source = std::unique_ptr<Source>{&node}};
    return Nodes{std::move(nodes)};
}

class SpoolTest : public testing::Test {
  protected:
    SpoolTest() {
        char pattern[] = "/tmp/adit-spool-XXXXXX";
        folder = ::mkdtemp(pattern);
        spool.emplace(make());
    }
    ~SpoolTest() override {
        spool.reset();
        std::filesystem::remove_all(folder);
    }

    // What a restart finds is the folder, and nothing else.
    struct Parts {
        Parts(const std::filesystem::path& folder, Nodes& nodes, base::Random& random)
            : spool(loop, random, nodes, metrics,
                    {.folder = folder,
                     .settled_max = 2,
                     .storing_max = 8,
                     .retry = {.first = std::chrono::milliseconds{1},
                               .last = std::chrono::milliseconds{5}}}) {
            spool.recover();
        }
        boost::asio::io_context loop{};
        service::Registry registry{"test", "0"};
        Metrics metrics = make_metrics(registry);
        Spool spool;
    };
    std::unique_ptr<Parts> make() { return std::make_unique<Parts>(folder, nodes, random); }
    void restart() {
        spool.reset();
        spool.emplace(make());
    }

    bool run_until(const std::function<bool()>& claim) {
        const base::SystemClock clock;
        const auto deadline = clock.steady_now() + std::chrono::seconds{20};
        while (!claim()) {
            if (clock.steady_now() > deadline) return false;
            (*spool)->loop.restart();
            (*spool)->loop.run_one_for(std::chrono::milliseconds{20});
        }
        return true;
    }
    static SpooledBlock block(std::uint8_t name) {
        SpooledBlock made;
        made.bytes = base::Bytes(200, std::byte{name});
        made.hash = bitcoin::header_hash(base::ByteView{made.bytes}.first<80>());
        made.height = name;
        made.found_at = base::UnixMicros{std::chrono::microseconds{name}};
        return made;
    }
    bool take(const SpooledBlock& taken) {
        bool is_answered = false;
        (*spool)->spool.take(taken, [&](const auto& answer) {
            is_answered = true;
            stored = answer;
        });
        return run_until([&] { return is_answered; });
    }
    std::optional<BlockState> state_of(const SpooledBlock& asked) {
        const auto* const entry = (*spool)->spool.solutions().find(asked.hash);
        if (entry == nullptr) return std::nullopt;
        return entry->state;
    }
    bool is_settled(const SpooledBlock& asked) {
        const auto state = state_of(asked);
        return state && state->kind != BlockState::Kind::spooled;
    }

    std::filesystem::path folder;
    base::SeededRandom random{1};
    FakeNode& node = *new FakeNode;  // of the nodes
    Nodes nodes = nodes_of(node);
    std::optional<std::unique_ptr<Parts>> spool;
    base::Result<Spool::Stored, std::string> stored{Spool::Stored{}};
};

TEST_F(SpoolTest, AnswersWhenTheBlockIsOnDiskBeforeTheNodeIsAsked) {
    node.answers.clear();
    ASSERT_TRUE(take(block(1)));
    ASSERT_TRUE(stored.has_value());
    EXPECT_FALSE(stored->already_known);
    const auto entries = read_spool(folder);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].block, block(1));
    ASSERT_TRUE(take(block(1)));
    EXPECT_TRUE(stored->already_known);
    EXPECT_LE(node.blocks.size(), 1U);
}

TEST_F(SpoolTest, RefusesWhatIsBeyondTheDisksQueueAndTakesItLater) {
    std::size_t on_disk = 0;
    std::size_t refused = 0;
    for (std::uint8_t name = 1; name <= 9; ++name)
        (*spool)->spool.take(block(name),
                             [&](const auto& answer) { ++(answer ? on_disk : refused); });
    EXPECT_EQ(refused, 1U);
    ASSERT_TRUE(run_until([&] { return on_disk == 8; }));
    ASSERT_TRUE(take(block(9)));
    EXPECT_TRUE(stored.has_value());
}

TEST_F(SpoolTest, AsksTheNodeUntilItAnswers) {
    node.answers = {{Kind::unreachable, "away"}, {Kind::unreachable, "away"}, {Kind::accepted, ""}};
    ASSERT_TRUE(take(block(1)));
    ASSERT_TRUE(run_until([&] { return is_settled(block(1)); }));
    EXPECT_EQ(state_of(block(1))->kind, BlockState::Kind::accepted);
    EXPECT_EQ(node.blocks.size(), 3U);
    EXPECT_EQ(node.blocks[2], block(1).bytes);
}

TEST_F(SpoolTest, SubmitsWhatARestartFindsUnsettledAndNothingElse) {
    node.answers = {{Kind::rejected, "high-hash"}, {Kind::unreachable, "away"}};
    ASSERT_TRUE(take(block(1)));
    ASSERT_TRUE(run_until([&] { return is_settled(block(1)); }));
    ASSERT_TRUE(take(block(2)));
    ASSERT_TRUE(run_until([&] { return node.blocks.size() >= 2; }));

    node.blocks.clear();
    node.answers = {{Kind::duplicate, "duplicate"}};
    restart();
    ASSERT_TRUE(run_until([&] { return is_settled(block(2)); }));
    EXPECT_EQ(node.blocks, std::vector<base::Bytes>{block(2).bytes});
    EXPECT_EQ(state_of(block(1)), (BlockState{BlockState::Kind::rejected, "high-hash"}));
    EXPECT_EQ(state_of(block(2))->kind, BlockState::Kind::accepted);
    const auto newest = (*spool)->spool.solutions().newest(10);
    ASSERT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest.front().hash, block(2).hash);
}

TEST_F(SpoolTest, SubmitsABlockThatTheDiskDidNotTake) {
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(take(block(1)));
    EXPECT_FALSE(stored.has_value());
    ASSERT_TRUE(run_until([&] { return is_settled(block(1)); }));
    EXPECT_EQ(node.blocks.size(), 1U);

    std::filesystem::create_directory(folder);
    ASSERT_TRUE(take(block(1)));
    EXPECT_TRUE(stored.has_value()) << "it was asked to store it again, and could";
    EXPECT_EQ(node.blocks.size(), 1U);
}

TEST_F(SpoolTest, KeepsNoMoreSettledBlocksThanItShould) {
    for (std::uint8_t name = 1; name <= 5; ++name) {
        ASSERT_TRUE(take(block(name)));
        ASSERT_TRUE(run_until([&] { return is_settled(block(name)); }));
    }
    restart();
    EXPECT_EQ((*spool)->spool.solutions().newest(10).size(), 2U);
    EXPECT_NE((*spool)->spool.solutions().find(block(5).hash), nullptr);
}

TEST_F(SpoolTest, LeavesDamagedFilesWhereTheyAre) {
    const auto damaged = folder / "damaged.block";
    std::ofstream{damaged} << "not a block";
    restart();
    EXPECT_TRUE((*spool)->spool.solutions().newest(10).empty());
    EXPECT_TRUE(std::filesystem::exists(damaged));
}

TEST_F(SpoolTest, SaysWhichFolderItCannotUse) {
    spool.reset();
    std::filesystem::remove_all(folder);
    std::ofstream{folder} << "a file is in the way";
    EXPECT_THROW(make(), std::runtime_error);
    std::filesystem::remove(folder);
    spool.emplace(make());
}

}  // namespace
}  // namespace templates
