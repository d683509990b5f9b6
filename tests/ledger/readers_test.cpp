#include "ledger/readers.h"

#include <algorithm>

#include "fixture.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;

/// A ledger whose log may hold some thousand bytes, and keeps little behind its readers.
class ReadersTest : public LedgerTest {
  protected:
    using Done = base::Result<std::string, ReaderFailure>;

    Done add(const std::string& name, ReaderKind kind = ReaderKind::required,
             ReaderStart start = ReaderStart::oldest) {
        return await<Done>(
            [&](auto done) { register_reader(client_, 0, name, kind, start, std::move(done)); });
    }
    Done acknowledge_all(const std::string& name) { return acknowledge_to(name, list().last_id); }
    Done acknowledge_to(const std::string& name, const std::string& id) {
        return await<Done>([&](auto done) { acknowledge(client_, 0, name, id, std::move(done)); });
    }
    Done remove(const std::string& name) {
        return await<Done>(
            [&](auto done) { unregister_reader(client_, 0, name, std::move(done)); });
    }
    LogReaders list() {
        using Listed = base::Result<LogReaders, ReaderFailure>;
        auto listed = await<Listed>([&](auto done) { list_readers(client_, 0, std::move(done)); });
        EXPECT_TRUE(listed.has_value());
        return listed ? *listed : LogReaders{};
    }
    /// Commits records of 100 bytes until one is refused or there are `most`.
    std::uint64_t fill(std::uint64_t most) {
        for (std::uint64_t i = 0; i < most; ++i) {
            auto next = batch(1, sequence_ + 1, {});
            next.record.assign(100, 'x');
            const auto answer = commit(small_, next);
            if (!answer) {
                EXPECT_EQ(answer.error(), LedgerError::full);
                return i;
            }
            ++sequence_;
        }
        return most;
    }

    /// A record as a commit writes it, at this place of the log, which has had `bytes` with it.
    void put(const std::string& id, const std::string& record = "r",
             const std::string& duplicates = "", std::uint64_t bytes = 1) {
        server_.run(
            {"XADD", keys::log(0), id, "r", record, "d", duplicates, "b", std::to_string(bytes)});
    }

    static constexpr std::uint64_t bytes_max = 100 * 500;
    Ledger small_{client_,
                  LedgerSettings{.log = {.keep = 24h, .keep_read = 0ms, .bytes_max = bytes_max}}};
    std::uint64_t sequence_ = 0;
};

TEST_F(ReadersTest, AreRegisteredListedAndForgotten) {
    EXPECT_EQ(fill(3), 3U);
    EXPECT_EQ(*add("exporter"), "0-0");
    EXPECT_EQ(*add("graph", ReaderKind::optional, ReaderStart::newest), list().last_id);
    EXPECT_EQ(add("exporter", ReaderKind::optional).error().kind, ReaderError::exists);

    const auto all = list();
    EXPECT_EQ(all.bytes, 300U);
    EXPECT_EQ(all.records, 3U);
    ASSERT_EQ(all.readers.size(), 2U);
    const auto& exporter = all.readers[all.readers[0].name == "exporter" ? 0 : 1];
    EXPECT_EQ(exporter.kind, ReaderKind::required);
    EXPECT_EQ(exporter.bytes_unread, 300U);
    EXPECT_EQ(exporter.oldest_unread, all.first_id);
    const auto& graph = all.readers[all.readers[0].name == "exporter" ? 1 : 0];
    EXPECT_EQ(graph.kind, ReaderKind::optional);
    EXPECT_EQ(graph.bytes_unread, 0U);
    EXPECT_EQ(graph.oldest_unread, "");

    EXPECT_TRUE(remove("exporter").has_value());
    EXPECT_EQ(remove("exporter").error().kind, ReaderError::unknown);
    EXPECT_EQ(list().readers.size(), 1U);
}

TEST_F(ReadersTest, AcknowledgeForwardOnlyAndNothingThatIsNotThere) {
    EXPECT_EQ(fill(3), 3U);
    ASSERT_TRUE(add("exporter").has_value());
    const auto before = list();
    EXPECT_TRUE(acknowledge_to("exporter", before.last_id).has_value());
    EXPECT_TRUE(acknowledge_to("exporter", before.first_id).has_value());
    EXPECT_EQ(list().readers[0].acknowledged, before.last_id);
    EXPECT_EQ(list().readers[0].bytes_unread, 0U);
    EXPECT_EQ(acknowledge_to("exporter", "9999999999999-0").error().kind, ReaderError::ahead);
    EXPECT_EQ(acknowledge_to("nobody", before.last_id).error().kind, ReaderError::unknown);
}

TEST_F(ReadersTest, AcknowledgeByTheTimeOfAnEntryAndThenByItsNumber) {
    for (const char* id : {"5-9", "5-10", "10-0"}) put(id);
    ASSERT_TRUE(add("exporter").has_value());
    const struct {
        std::string id;
        bool is_ahead;
        std::string acknowledged;
    } cases[] = {
        {"5-9", false, "5-9"},   {"5-8", false, "5-9"},   {"4-99", false, "5-9"},
        {"5-10", false, "5-10"}, {"5-9", false, "5-10"},  {"10-1", true, "5-10"},
        {"11-0", true, "5-10"},  {"10-0", false, "10-0"}, {"9-5", false, "10-0"},
    };
    for (const auto& [id, is_ahead, acknowledged] : cases) {
        SCOPED_TRACE(id);
        EXPECT_EQ(acknowledge_to("exporter", id).has_value(), !is_ahead);
        EXPECT_EQ(list().readers.at(0).acknowledged, acknowledged);
    }
}

TEST_F(ReadersTest, OfAnEmptyLogNothingIsUnread) {
    EXPECT_EQ(*add("graph", ReaderKind::optional, ReaderStart::newest), "0-0");
    const auto all = list();
    EXPECT_EQ(all.bytes, 0U);
    EXPECT_EQ(all.records, 0U);
    EXPECT_EQ(all.first_id, "");
    EXPECT_EQ(all.last_id, "0-0");
    EXPECT_EQ(all.readers.at(0).bytes_unread, 0U);
    EXPECT_EQ(all.readers.at(0).oldest_unread, "");
}

TEST_F(ReadersTest, EachHasItsOwnUnreadBytesOfALogThatWasTrimmed) {
    // Records and duplicates both count; 1000 bytes are gone.
    put("5-1", "0123456789", "ab", 1'012);
    put("5-2", "01234567890123456789", "c", 1'033);
    put("6-0", "0123456", "", 1'040);
    server_.run({"SET", keys::log_bytes(0), "1040"});
    const struct {
        std::string acknowledged;
        std::uint64_t bytes;
        std::string oldest;
    } cases[] = {{"0-0", 40, "5-1"}, {"5-1", 28, "5-2"}, {"5-2", 7, "6-0"}, {"6-0", 0, ""}};
    for (const auto& each : cases)
        server_.run(
            {"HSET", keys::readers(0), "at " + each.acknowledged, "required " + each.acknowledged});
    const auto all = list();
    EXPECT_EQ(all.bytes, 40U);
    EXPECT_EQ(all.first_id, "5-1");
    EXPECT_EQ(all.last_id, "6-0");
    ASSERT_EQ(all.readers.size(), std::size(cases));
    for (const auto& [acknowledged, bytes, oldest] : cases) {
        SCOPED_TRACE(acknowledged);
        const auto reader = std::ranges::find(all.readers, "at " + acknowledged, &LogReader::name);
        ASSERT_NE(reader, all.readers.end());
        EXPECT_EQ(reader->bytes_unread, bytes);
        EXPECT_EQ(reader->oldest_unread, oldest);
    }
}

TEST_F(ReadersTest, ThereAreNotMoreThanACommitCanLookAt) {
    for (int i = 0; i < 16; ++i) ASSERT_TRUE(add("reader" + std::to_string(i)).has_value());
    EXPECT_EQ(add("one-more").error().kind, ReaderError::too_many);
}

TEST_F(ReadersTest, NothingThatARequiredReaderHasNotReadIsTrimmed) {
    ASSERT_TRUE(add("exporter").has_value());
    ASSERT_TRUE(add("archive").has_value());
    const auto committed = fill(10'000);
    EXPECT_EQ(committed, bytes_max / 100);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), static_cast<std::int64_t>(committed));
    EXPECT_EQ(fill(5), 0U) << "it stays full";
    EXPECT_EQ(small_.counters().log_full, 2U);

    ASSERT_TRUE(acknowledge_all("exporter").has_value());
    EXPECT_EQ(fill(5), 0U) << "the other has not read it";
    ASSERT_TRUE(acknowledge_all("archive").has_value());
    EXPECT_EQ(fill(1), 0U) << "finds that there is room";
    EXPECT_EQ(fill(50), 50U);
    EXPECT_LT(list().bytes, bytes_max / 2);
}

TEST_F(ReadersTest, TheSlowestIsFoundInWhicheverOrderTheyCame) {
    const struct {
        std::vector<std::string> at;
        std::string slowest;
    } cases[] = {
        {{"required 5-2", "required 5-1", "required 6-0"}, "reader1"},
        {{"required 5-1", "required 5-2", "required 4-9"}, "reader2"},
        {{"required 4-9", "required 5-1"}, "reader0"},
        {{"required 5-1", "required 4-9"}, "reader1"},
        {{"required 9-0", "required 10-0"}, "reader0"},
        {{"required 10-0", "required 9-0"}, "reader1"},
        {{"required 5-9", "required 5-10"}, "reader0"},
        {{"required 5-10", "required 5-9"}, "reader1"},
        {{"optional 1-0", "required 5-1"}, "reader1"},
        {{"required 5-1", "optional 1-0"}, "reader0"},
        {{"optional 1-0"}, ""},
        {{"required 0-0"}, "reader0"},
    };
    for (const auto& [at, slowest] : cases) {
        SCOPED_TRACE(at[0]);
        server_.run({"DEL", keys::readers(0)});
        for (std::size_t i = 0; i < at.size(); ++i)
            server_.run({"HSET", keys::readers(0), "reader" + std::to_string(i), at[i]});
        EXPECT_EQ(fill(1), 1U);
        EXPECT_EQ(small_.logs().at(0).slowest_reader, slowest);
    }
}

TEST_F(ReadersTest, AnUnregisteredReaderHoldsNothingBack) {
    ASSERT_TRUE(add("exporter").has_value());
    fill(10'000);
    ASSERT_TRUE(remove("exporter").has_value());
    EXPECT_EQ(fill(5), 5U);
}

TEST_F(ReadersTest, AnOptionalReaderHoldsNothingBack) {
    ASSERT_TRUE(add("statistics", ReaderKind::optional).has_value());
    EXPECT_EQ(fill(2'000), 2'000U);
    EXPECT_LE(list().bytes, bytes_max + 100 * 200) << "trimmed by whole nodes of Redis' tree";
    EXPECT_GT(list().bytes, bytes_max / 2);
}

TEST_F(ReadersTest, ALogThatNobodyMustReadIsFilledToItsBoundAndNotBeyond) {
    // Redis trims whole nodes of its tree; with a record in each it trims what it is told to.
    server_.run({"CONFIG", "SET", "stream-node-max-entries", "1"});
    constexpr std::uint64_t most = bytes_max / 100;
    EXPECT_EQ(fill(most), most);
    EXPECT_EQ(list().bytes, bytes_max) << "what just fits is held";
    for (int more = 0; more < 4; ++more) {
        EXPECT_EQ(fill(1), 1U);
        const auto all = list();
        EXPECT_LE(all.bytes, bytes_max);
        EXPECT_GE(all.records, most - 1) << "no more goes than must";
    }
}

TEST_F(ReadersTest, WhatAllHaveReadIsKeptForAWhile) {
    ASSERT_TRUE(add("exporter").has_value());
    Ledger keeping{client_, LedgerSettings{.log = {.keep_read = 1h, .bytes_max = bytes_max}}};
    for (std::uint64_t i = 1; i <= 400; ++i) {
        ASSERT_TRUE(commit(keeping, batch(2, i, {})).has_value());
        ASSERT_TRUE(acknowledge_all("exporter").has_value());
    }
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 400);
}

TEST_F(ReadersTest, AnAlarmComesAtHalfOfTheBoundAndGoesWhenItIsRead) {
    EXPECT_EQ(fill(300), 300U);
    EXPECT_EQ(small_.log_alarms(), 0U) << "nobody must read it";
    ASSERT_TRUE(add("exporter").has_value());
    EXPECT_EQ(fill(1), 1U);
    EXPECT_EQ(small_.log_alarms(), 1U);
    EXPECT_EQ(small_.logs().at(0).slowest_reader, "exporter");
    EXPECT_GE(small_.logs().at(0).bytes, bytes_max / 2);
    ASSERT_TRUE(acknowledge_all("exporter").has_value());
    EXPECT_EQ(fill(2), 2U);
    EXPECT_EQ(small_.log_alarms(), 0U);
}

TEST_F(ReadersTest, AFullLogStillAnswersAReplay) {
    ASSERT_TRUE(add("exporter").has_value());
    fill(10'000);
    const auto replay = commit(small_, batch(1, sequence_, {}));
    ASSERT_TRUE(replay.has_value());
    EXPECT_TRUE(replay->is_replay);
}

}  // namespace
}  // namespace ledger
