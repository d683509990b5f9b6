#include "template/archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <iostream>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"
#include "redis/hiredis_client.h"
#include "service/metrics.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace templates {
namespace {

using std::chrono::milliseconds;

constexpr mining::Epoch epoch{500'000'000'000};

class ArchiveTest : public testing::Test {
  protected:
    ArchiveTest() {
        char pattern[] = "/tmp/adit-archive-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        files_.emplace(folder_);
    }
    ~ArchiveTest() override {
        writer_.join();
        std::filesystem::remove_all(folder_);
    }
    static redis::ClientConfig config_for(const test_support::RedisServer& server) {
        redis::ClientConfig config;
        config.address = server.address();
        config.backoff_min = milliseconds{5};
        config.backoff_max = milliseconds{20};
        return config;
    }
    bool run_until(const std::function<bool()>& claim) {
        return test_support::run_until(io_, claim);
    }

    base::Bytes transaction(std::size_t size) {
        base::Bytes bytes(size);
        random_.fill(bytes);
        return bytes;
    }
    /// Of the leader: named, with these transactions.
    const HeldTemplate& name(const std::vector<base::Bytes>& transactions, std::uint8_t tip = 1) {
        Candidate candidate;
        candidate.block_template.tip.prev_hash.value.bytes.fill(tip);
        candidate.block_template.tip.nbits = 0x207fffff;
        candidate.block_template.tip.network_target = *bitcoin::expand_nbits(0x207fffff);
        candidate.block_template.tip.height = tip;
        candidate.block_template.coinbase_tx_value_remaining = ++value_;
        candidate.block_template.merkle_path.resize(12);
        candidate.transactions = std::make_shared<const std::vector<base::Bytes>>(transactions);
        return *store_.add(std::move(candidate), {});
    }
    std::size_t copies() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder_},
                                                      std::filesystem::directory_iterator{}));
    }
    bool store(const HeldTemplate& held) {
        // Of the record, and of the one pack.
        const auto failed = metrics_.archive_failures.value() + 2;
        bool is_whole = false;
        archive_.store(
            held, [] {}, [&] { is_whole = true; });
        EXPECT_TRUE(
            run_until([&] { return is_whole || metrics_.archive_failures.value() >= failed; }));
        return is_whole;
    }
    std::optional<HeldTemplate> load(mining::TemplateRef ref) {
        std::optional<base::Result<std::optional<HeldTemplate>, Archive::LoadFailure>> got;
        archive_.load(ref, [&](auto loaded) { got = std::move(loaded); });
        EXPECT_TRUE(run_until([&] { return got.has_value(); }));
        EXPECT_TRUE(got->has_value()) << got->error().why;
        return *got ? **got : std::nullopt;
    }
    std::int64_t used_memory() const {
        const auto info = server_.run({"INFO", "memory"});
        const auto at = info.string()->find("used_memory:") + 12;
        return std::stoll(info.string()->substr(at));
    }

    test_support::RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{7};
    redis::HiredisClient client_{io_, config_for(server_), clock_, random_};
    service::Registry registry_{"template", "test"};
    Metrics metrics_ = make_metrics(registry_);
    TemplateStore store_{};
    BackgroundThread compressor_{};
    std::filesystem::path folder_{};
    std::optional<TemplateFolder> files_{};
    BackgroundThread writer_{};
    TemplateDisk disk_{io_, *files_, writer_};
    Archive archive_{
        io_, client_, store_, compressor_, disk_, metrics_, {.grace = milliseconds{60'000}}};
    std::uint64_t value_ = 0;
};

/// store_template.lua and keep_templates.lua alone.
class ArchiveScriptTest : public ArchiveTest {
  protected:
    bool store(const redis::Args& keys) {
        return server_.run_script(ledger::scripts::store_template, keys,
                                  {"60000", "template", "places", "packs"}) == redis::Reply{1};
    }
    std::int64_t left_ms(const std::string& key) { return *server_.run({"PTTL", key}).integer(); }
};

TEST_F(ArchiveScriptTest, ATemplateIsWrittenWhenItsPacksAreThere) {
    ASSERT_TRUE(store({"{tpl}:empty"})) << "it leans on none";
    for (const char* pack : {"{tpl}:p1", "{tpl}:p2"}) server_.run({"SET", pack, "x"});
    ASSERT_TRUE(store({"{tpl}:one", "{tpl}:p1"}));
    ASSERT_TRUE(store({"{tpl}:two", "{tpl}:p1", "{tpl}:p2"}));
    for (const char* key : {"{tpl}:empty", "{tpl}:one", "{tpl}:two"}) {
        EXPECT_EQ(server_.run({"HMGET", key, "template", "transactions", "packs"}),
                  (redis::Reply{redis::Reply::Array{{"template"}, {"places"}, {"packs"}}}));
        EXPECT_GT(left_ms(key), 50'000);
        EXPECT_LE(left_ms(key), 60'000);
    }
}

TEST_F(ArchiveScriptTest, NothingIsWrittenOfATemplateWithoutOneOfItsPacks) {
    const auto is_refused = [this](const redis::Args& keys) {
        return server_.run_script(ledger::scripts::store_template, keys,
                                  {"60000", "template", "places", "packs"}) == redis::Reply{0};
    };
    for (const char* pack : {"{tpl}:p1", "{tpl}:p2"}) server_.run({"SET", pack, "x"});
    EXPECT_TRUE(is_refused({"{tpl}:one", "{tpl}:lost"}));
    EXPECT_TRUE(is_refused({"{tpl}:one", "{tpl}:lost", "{tpl}:p1"}));
    EXPECT_TRUE(is_refused({"{tpl}:one", "{tpl}:p1", "{tpl}:p2", "{tpl}:lost"}));
    EXPECT_EQ(*server_.run({"EXISTS", "{tpl}:one"}).integer(), 0);
    // As where the template alone was written before.
    server_.run({"HSET", "{tpl}:one", "template", "before"});
    EXPECT_TRUE(is_refused({"{tpl}:one", "{tpl}:lost"}));
    EXPECT_TRUE(is_refused({"{tpl}:one", "{tpl}:p1", "{tpl}:lost"}));
    EXPECT_EQ(*server_.run({"HLEN", "{tpl}:one"}).integer(), 1);
}

TEST_F(ArchiveScriptTest, TemplatesAreKeptWithTheirPacksAndThoseThatAreNotWholeAreNamed) {
    for (const char* pack : {"{tpl}:p1", "{tpl}:p2", "{tpl}:p3"})
        server_.run({"SET", pack, "x", "PX", "40000"});
    const auto add = [this](const std::string& key, const std::string& field,
                            const std::string& value) {
        server_.run({"HSET", key, field, value});
        server_.run({"PEXPIRE", key, "40000"});
    };
    add("{tpl}:whole", "packs", "{tpl}:p1 {tpl}:p2");
    add("{tpl}:short", "packs", "{tpl}:lost {tpl}:p3");
    add("{tpl}:empty", "packs", "");
    add("{tpl}:streamed", "template", "without transactions");
    add("{tpl}:shared", "packs", "{tpl}:p2 {tpl}:lost");
    add("{tpl}:other", "packs", "{tpl}:p3");
    const redis::Args keys{"{tpl}:gone",     "{tpl}:whole",  "{tpl}:short", "{tpl}:empty",
                           "{tpl}:streamed", "{tpl}:shared", "{tpl}:other"};
    EXPECT_EQ(server_.run_script(ledger::scripts::keep_templates, keys, {"60000"}),
              (redis::Reply{redis::Reply::Array{{1}, {3}, {5}, {6}}}));
    for (const char* key :
         {"whole", "short", "empty", "streamed", "shared", "other", "p1", "p2", "p3"}) {
        EXPECT_GT(left_ms("{tpl}:" + std::string{key}), 50'000) << key;
        EXPECT_LE(left_ms("{tpl}:" + std::string{key}), 60'000) << key;
    }
}

TEST_F(ArchiveTest, GivesBackWhatItWasGivenToAReplicaThatHasNothing) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    std::vector<base::Bytes> transactions;
    for (int i = 0; i < 50; ++i) transactions.push_back(transaction(20'000));
    const auto first = name(transactions);
    ASSERT_TRUE(store(first));
    transactions.erase(transactions.begin());
    transactions.push_back(transaction(300));
    const auto second = name(transactions);
    ASSERT_TRUE(store(second));
    const auto empty = name({}, 2);
    ASSERT_TRUE(store(empty));

    for (const auto& held : {first, second, empty}) {
        const auto loaded = load(held.block_template.ref);
        ASSERT_TRUE(loaded.has_value());
        EXPECT_EQ(loaded->block_template, held.block_template);
        ASSERT_NE(loaded->transactions, nullptr);
        EXPECT_EQ(*loaded->transactions, *held.transactions) << "the very same, from the pool";
    }
    EXPECT_FALSE(load(mining::TemplateRef{7}).has_value());
}

TEST_F(ArchiveTest, StoresATransactionOnce) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    std::vector<base::Bytes> transactions;
    for (int i = 0; i < 100; ++i) transactions.push_back(transaction(1'000));
    ASSERT_TRUE(store(name(transactions)));
    const auto once = metrics_.archived_bytes.value();
    EXPECT_GT(once, 100'000U);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(store(name(transactions)));
    EXPECT_LT(metrics_.archived_bytes.value(), once + 10 * 1'000) << "only where they lie";
}

TEST_F(ArchiveTest, KeepsWhatIsHeldAndLetsTheRestRunOut) {
    BackgroundThread compressor;
    Archive archive{
        io_, client_, store_, compressor, disk_, metrics_, {.grace = milliseconds{400}}};
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive.begin_epoch(epoch);
    const auto held = name({transaction(100)});
    bool is_whole = false;
    archive.store(
        held, [] {}, [&] { is_whole = true; });
    ASSERT_TRUE(run_until([&] { return is_whole; }));
    const auto until = clock_.steady_now() + milliseconds{1'000};
    ASSERT_TRUE(run_until([&] { return clock_.steady_now() > until; }));
    EXPECT_TRUE(load(held.block_template.ref)->transactions) << "kept by its leader";
    archive.end_epoch();
    ASSERT_TRUE(run_until([&] {
        const auto keys = server_.run({"KEYS", "{tpl}:*"});
        return keys.array() != nullptr && keys.array()->empty();
    }));
}

TEST_F(ArchiveTest, StoresAgainWhatRedisHasLost) {
    BackgroundThread compressor;
    Archive archive{
        io_, client_, store_, compressor, disk_, metrics_, {.grace = milliseconds{400}}};
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive.begin_epoch(epoch);
    const auto held = name({transaction(100)});
    bool is_whole = false;
    archive.store(
        held, [] {}, [&] { is_whole = true; });
    ASSERT_TRUE(run_until([&] { return is_whole; }));
    server_.run({"FLUSHALL"});
    ASSERT_TRUE(run_until([&] {
        const auto keys = server_.run({"KEYS", "{tpl}:pack:*"});
        return keys.array() != nullptr && keys.array()->size() == 1;
    }));
}

// As after a failover to a replica that had a part: the next template leans on a pack of before.
TEST_F(ArchiveTest, LeansOnNoPackThatRedisHasLost) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    const auto old = transaction(1'000);
    ASSERT_TRUE(store(name({old})));
    const auto packs = server_.run({"KEYS", "{tpl}:pack:*"});
    ASSERT_EQ(packs.array()->size(), 1U);
    server_.run({"DEL", std::string{packs.string_at(0)}});
    const auto next = name({old, transaction(100)});
    ASSERT_TRUE(store(next));
    const auto loaded = load(next.block_template.ref);
    ASSERT_TRUE(loaded && loaded->transactions);
    EXPECT_EQ(*loaded->transactions, *next.transactions);
}

TEST_F(ArchiveTest, StoresAgainAllThatRedisHasLost) {
    BackgroundThread compressor;
    Archive archive{
        io_, client_, store_, compressor, disk_, metrics_, {.grace = milliseconds{1'000}}};
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive.begin_epoch(epoch);
    std::size_t whole = 0;
    std::vector<HeldTemplate> all;
    for (std::uint8_t tip = 1; tip <= 3; ++tip) {
        all.push_back(name({transaction(100)}, tip));
        archive.store(
            all.back(), [] {}, [&] { ++whole; });
    }
    ASSERT_TRUE(run_until([&] { return whole == 3; }));
    server_.run({"FLUSHALL"});
    for (const auto& held : all)
        EXPECT_TRUE(run_until([&] {
            const auto loaded = load(held.block_template.ref);
            return loaded && loaded->transactions;
        }));
}

// No template comes that would bring them: the tip stays.
TEST_F(ArchiveTest, StoresWhatRedisDidNotTakeWhenItTakesItAgain) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    server_.run({"CONFIG", "SET", "maxmemory", "100kb"});
    const auto held = name({transaction(100)});
    EXPECT_FALSE(store(held));
    server_.run({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(run_until([&] {
        const auto loaded = load(held.block_template.ref);
        return loaded && loaded->transactions;
    }));
}

// A failover loses what no replica has; what one has is in whichever becomes the primary.
TEST_F(ArchiveTest, AsksAgainForWhatItsReplicaHasNotConfirmed) {
    BackgroundThread compressor;
    Archive archive{io_,
                    client_,
                    store_,
                    compressor,
                    disk_,
                    metrics_,
                    {.grace = milliseconds{60'000},
                     .durability = {.replicas = 1, .wait_timeout = milliseconds{50}}}};
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive.begin_epoch(epoch);
    const auto held = name({transaction(100)});
    const auto ref = held.block_template.ref;
    std::size_t whole = 0;
    const auto on_whole = [&] { ++whole; };
    archive.store(
        held, [] {}, on_whole);
    const auto is_there = [&, key = ledger::keys::template_record(ref)] {
        return *server_.run({"HEXISTS", key, "transactions"}).integer() == 1;
    };
    ASSERT_TRUE(run_until(is_there));
    server_.run({"FLUSHALL"});
    ASSERT_TRUE(run_until(is_there)) << "no replica had it, so it was looked for";
    EXPECT_EQ(whole, 0U);

    const test_support::RedisServer replica{
        {"--replicaof", "127.0.0.1", std::to_string(server_.port())}};
    ASSERT_TRUE(run_until([&] { return *server_.run({"WAIT", "1", "50"}).integer() == 1; }));
    // It may be looking for another primary just now, and then stores the template without a word.
    for (int tries = 0; tries < 10 && whole == 0; ++tries) {
        archive.store(
            name({transaction(100)}), [] {}, on_whole);
        const auto until = clock_.steady_now() + milliseconds{1'000};
        ASSERT_TRUE(run_until([&] { return whole > 0 || clock_.steady_now() > until; }));
    }
    EXPECT_EQ(whole, 1U);
}

// As in a failover that loses it, while every replica that holds it is killed.
TEST_F(ArchiveTest, HasOnDiskWhatNoReplicaOfRedisHasConfirmedForAReplicaThatIsStartedAgain) {
    BackgroundThread compressor;
    std::optional<Archive> archive;
    archive.emplace(
        io_, client_, store_, compressor, disk_, metrics_,
        Archive::Settings{.durability = {.replicas = 1, .wait_timeout = milliseconds{50}}});
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive->begin_epoch(epoch);
    const auto held = name({transaction(100), transaction(20'000)});
    const auto empty = name({}, 2);
    std::size_t whole = 0;
    for (const auto& each : {held, empty})
        archive->store(
            each, [] {}, [&] { ++whole; });
    ASSERT_TRUE(run_until([&] { return copies() == 2; }));
    archive.reset();
    server_.run({"FLUSHALL"});
    EXPECT_EQ(whole, 0U);

    BackgroundThread writer;
    TemplateDisk disk{io_, *files_, writer};
    TemplateStore store;
    BackgroundThread other;
    Archive after{io_, client_, store, other, disk, metrics_, {}};
    for (const auto& each : {held, empty}) {
        std::optional<HeldTemplate> got;
        after.load(each.block_template.ref, [&](auto loaded) {
            ASSERT_TRUE(loaded.has_value() && *loaded);
            got = std::move(**loaded);
        });
        ASSERT_TRUE(run_until([&] { return got.has_value(); }));
        EXPECT_EQ(got->block_template, each.block_template);
        ASSERT_TRUE(got->transactions);
        ASSERT_EQ(got->transactions->size(), each.transactions->size());
        for (std::size_t i = 0; i < got->transactions->size(); ++i)
            EXPECT_EQ((*got->transactions)[i]->bytes, (*each.transactions)[i]->bytes);
    }
}

TEST_F(ArchiveTest, ATemplateThatADiskMayHaveWhichStandsStillIsNotCalledUnknown) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    server_.run({"CONFIG", "SET", "maxmemory", "100kb"});
    const auto held = name({transaction(100)});
    const auto ref = held.block_template.ref;
    EXPECT_FALSE(store(held));
    ASSERT_TRUE(run_until([&] { return copies() == 1; }));
    archive_.end_epoch();

    std::promise<void> goes_on;
    BackgroundThread writer;
    writer.post([stands_still = goes_on.get_future().share()] { stands_still.wait(); });
    TemplateDisk disk{io_, *files_, writer};
    TemplateStore store;
    BackgroundThread other;
    Archive after{io_, client_, store, other, disk, metrics_, {}};
    std::optional<base::Result<std::optional<HeldTemplate>, Archive::LoadFailure>> got;
    after.load(ref, [&](auto loaded) { got = std::move(loaded); });
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    goes_on.set_value();
    ASSERT_FALSE(got->has_value());
    EXPECT_EQ(got->error().kind, Archive::LoadError::no_answer);
    EXPECT_EQ(got->error().why, "the disk does not answer");
    got.reset();
    after.load(ref, [&](auto loaded) { got = std::move(loaded); });
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_TRUE(got->has_value() && **got && (**got)->transactions);
}

TEST_F(ArchiveTest, HasNothingOnDiskThatRedisHasConfirmed) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    server_.run({"CONFIG", "SET", "maxmemory", "100kb"});
    const auto refused = name({transaction(100)});
    EXPECT_FALSE(store(refused));
    ASSERT_TRUE(run_until([&] { return copies() == 1; }));
    server_.run({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(run_until([&] { return copies() == 0; })) << "it was stored again";
    ASSERT_TRUE(store(name({transaction(100)})));
    EXPECT_TRUE(run_until([&] { return copies() == 0; }));
    EXPECT_TRUE(load(refused.block_template.ref)->transactions);
}

/// Counts how often the primary is looked for again.
class DoubtfulClient final : public redis::Client {
  public:
    explicit DoubtfulClient(redis::Client& client) : client_(client) {}
    void command(redis::Args args, redis::Callback done) override {
        client_.command(std::move(args), std::move(done));
    }
    void command_then_wait(redis::Args args, std::uint32_t replicas, milliseconds timeout,
                           redis::ReplicatedCallback done) override {
        client_.command_then_wait(std::move(args), replicas, timeout, std::move(done));
    }
    void reconnect() override {
        ++reconnects;
        client_.reconnect();
    }
    bool is_connected() const override { return client_.is_connected(); }

    std::size_t reconnects = 0;

  private:
    redis::Client& client_;
};

// One that was deposed and has not heard of it takes every write, and no replica follows it.
TEST_F(ArchiveTest, LooksForThePrimaryAgainWhereNoReplicaConfirms) {
    DoubtfulClient client{client_};
    BackgroundThread compressor;
    Archive archive{io_,
                    client,
                    store_,
                    compressor,
                    disk_,
                    metrics_,
                    {.durability = {.replicas = 1, .wait_timeout = milliseconds{20}}}};
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive.begin_epoch(epoch);
    const auto held = name({transaction(100)});
    archive.store(
        held, [] {}, [] {});
    EXPECT_TRUE(run_until([&] { return client.reconnects >= 2; }));
}

// As when Redis is away for the moment in which the template is written, and there again for its
// transactions.
TEST_F(ArchiveTest, StoresTheTemplateWithItsTransactionsToo) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    const auto held = name({transaction(100)});
    const auto key = ledger::keys::template_record(held.block_template.ref);
    archive_.store_transactions(held.block_template.ref);
    ASSERT_TRUE(run_until([&] { return *server_.run({"EXISTS", key}).integer() == 1; }));
    const auto loaded = load(held.block_template.ref);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->block_template, held.block_template);
    EXPECT_TRUE(loaded->transactions);
    EXPECT_TRUE(run_until([&] {
        return *server_.run({"PTTL", key}).integer() > 0;
    })) << "it does not stay for ever";
}

TEST_F(ArchiveTest, ARedisThatIsFullCostsTheArchiveOnly) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    ASSERT_TRUE(store(name({transaction(100)})));
    EXPECT_TRUE(archive_.is_answering());
    server_.run({"CONFIG", "SET", "maxmemory", "100kb"});
    const auto lost = name({transaction(100)});
    EXPECT_FALSE(store(lost));
    EXPECT_FALSE(archive_.is_answering()) << "the next template does not wait for it";
    server_.run({"CONFIG", "SET", "maxmemory", "0"});
    const auto next = name({transaction(100)});
    ASSERT_TRUE(store(next));
    EXPECT_TRUE(archive_.is_answering());
    EXPECT_TRUE(load(next.block_template.ref)->transactions);
}

/// The bound of ARCHITECTURE.md: 64 templates of one tip, 4,000 transactions of some 400 bytes that
/// no compression makes smaller, one in a hundred of them new in each; then the next tips.
TEST_F(ArchiveTest, HoldsFourTipsOf64TemplatesWithinItsBound) {
    ASSERT_TRUE(store_.begin_epoch(epoch));
    archive_.begin_epoch(epoch);
    const auto before = used_memory();
    std::vector<base::Bytes> transactions;
    std::int64_t of_one_tip = 0;
    milliseconds slowest{};
    for (std::uint8_t tip = 1; tip <= 4; ++tip) {
        // A block takes most of them.
        transactions.clear();
        for (int i = 0; i < 4'000; ++i) transactions.push_back(transaction(400));
        for (int i = 0; i < 64; ++i) {
            std::rotate(transactions.begin(), transactions.begin() + 40, transactions.end());
            for (std::size_t at = 0; at < 40; ++at) transactions[at] = transaction(400);
            const auto& held = name(transactions, tip);
            const auto started = clock_.steady_now();
            ASSERT_TRUE(store(held));
            slowest = std::max(
                slowest, std::chrono::duration_cast<milliseconds>(clock_.steady_now() - started));
        }
        if (tip == 1) of_one_tip = used_memory() - before;
    }
    const auto of_all = used_memory() - before;
    const auto here = store_.pool().size();
    std::cout << "one tip of 64 templates: " << of_one_tip / 1024
              << " KiB in Redis; four: " << of_all / 1024 << " KiB, and " << here.bytes / 1024
              << " KiB of " << here.transactions
              << " transactions in a replica; the slowest template was stored "
              << "in " << slowest.count() << " ms\n";
    EXPECT_LT(of_one_tip, 8 << 20);
    EXPECT_LT(of_all, 32 << 20);
    const auto loaded = load(store_.current()->block_template.ref);
    ASSERT_TRUE(loaded && loaded->transactions);
    EXPECT_EQ(*loaded->transactions, *store_.current()->transactions);
}

}  // namespace
}  // namespace templates
