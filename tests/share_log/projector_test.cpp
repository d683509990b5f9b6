#include "share_log/projector.h"

#include "bus/codec.h"
#include "ledger/channel_fields.h"
#include "ledger/fixture.h"
#include "ledger/scripts.h"
#include "mining/records_testing.h"

namespace share_log {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;

constexpr Projector::Settings quick{.page_size = 5, .poll_interval = 2ms};

/// A log of random batches: three miners with a channel each, accepted, rejected and duplicate
/// shares, and what sums must follow from it.
class ProjectorTest : public ledger::LedgerTest {
  protected:
    static mining::ChannelKey channel(std::uint32_t number) {
        return *mining::ChannelKey::of(mining::Epoch{1}, number);
    }

    bus::Batch random_batch() {
        bus::Batch batch;
        batch.epoch = mining::Epoch{1};
        batch.sequence = ++sequence_;
        const char* names[] = {"alice.rig1", "alice.rig2", "bob"};
        for (std::uint32_t i = 0; i < 3; ++i) {
            auto record = mining::some_record();
            record.channel = channel(i);
            batch.channels.push_back({record.channel, record.kind, names[i], 8});
            batch.jobs.push_back({i, record});
        }
        for (auto left = below(5); left > 0; --left) {
            bus::Share share;
            share.job = static_cast<std::uint32_t>(below(3));
            share.submitted = mining::some_share();
            share.submitted.received_at += std::chrono::microseconds{below(1'000'000)};
            if (below(4) == 0) share.worker = "board";
            batch.shares.push_back(share);
        }
        return batch;
    }
    void write(std::uint64_t batches) {
        for (; batches > 0; --batches) {
            const auto batch = random_batch();
            bus::Result result{batch.epoch, batch.partition, batch.sequence, {}, {}};
            ledger::Commit what;
            what.epoch = batch.epoch;
            what.sequence = batch.sequence;
            what.live_tips = {ledger::tip_a};
            what.shares = static_cast<std::uint32_t>(batch.shares.size());
            for (std::uint32_t i = 0; i < what.shares; ++i) {
                auto& verdict = result.verdicts.emplace_back();
                if (below(4) == 0) {
                    verdict.error = mining::ShareError::stale_share;
                    continue;
                }
                // Large enough to carry from the lower to the upper half of a sum.
                verdict.difficulty = bitcoin::Difficulty{(below(7) << 61) + below(1'000)};
                verdict.solves_block = below(9) == 0;
                what.credited.push_back(
                    {i, ledger::tip_a, ledger::hash_of(static_cast<std::uint32_t>(below(400)))});
            }
            if (batch.sequence == 1)
                for (std::uint32_t i = 0; i < 3; ++i)
                    what.changes.emplace_back(
                        ledger::ChannelOpened{channel(i), {{"kind", "extended"}}});
            what.outcome = bus::encode_result(result);
            what.record = encode_record(bus::decode_to_worker(bus::encode(batch))->batch_bytes,
                                        result, {}, {}, {});
            ASSERT_TRUE(commit(what).has_value());
        }
    }

    /// From the whole log, read by nobody's code but the record's.
    Additions recomputed() {
        Additions all;
        const auto entries = server_.run({"XRANGE", ledger::keys::log(0), "-", "+"});
        for (const auto& entry : *entries.array()) {
            const auto& fields = (*entry.array())[1];
            const auto record = decode_record(fields.string_at(1), fields.string_at(3));
            if (record) add(all, *record);
        }
        return all;
    }
    Sums stored(const std::string& name) {
        const auto reply = server_.run({"HGET", ledger::keys::sums(0), name});
        return reply.string() == nullptr ? Sums{} : decode_sums(*reply.string()).value();
    }
    Sums stored(mining::ChannelKey key) {
        const auto hash = server_.run({"HGETALL", ledger::keys::channel(0, key)});
        const auto sums = ledger::whole_value(hash, "shares");
        return sums.empty() ? Sums{} : decode_sums(sums).value();
    }
    bool is_at_the_end() {
        const auto last = server_.run({"XREVRANGE", ledger::keys::log(0), "+", "-", "COUNT", "1"});
        const auto at = server_.run({"HGET", ledger::keys::sums(0), "at"});
        return !last.array()->empty() && at.string() != nullptr &&
               at.string()->starts_with(std::string{(*last.array())[0].string_at(0)} + ' ');
    }
    void expect_sums_of_the_whole_log() {
        const auto expected = recomputed();
        for (const auto& [name, sums] : expected.names) EXPECT_EQ(stored(name), sums) << name;
        EXPECT_EQ(integer({"HLEN", ledger::keys::sums(0)}),
                  static_cast<std::int64_t>(expected.names.size() + 1));
        for (const auto& [key, sums] : expected.channels) EXPECT_EQ(stored(key), sums);
    }
    /// The script itself, for these sums and channels.
    redis::Reply ask(const redis::Args& channels, const redis::Args& args) {
        redis::Args all{ledger::keys::sums(0)};
        all.insert(all.end(), channels.begin(), channels.end());
        return script(ledger::scripts::sums, all, args);
    }
    std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }

    std::uint64_t sequence_ = 0;
};

/// sums.lua alone.
class SumsScriptTest : public ProjectorTest {};
using Items = redis::Reply::Array;

redis::Reply text(std::string value) {
    return redis::Reply{std::move(value)};
}

TEST_F(SumsScriptTest, AdvancesFromThePlaceWhereTheSumsStandAndFromNoOther) {
    EXPECT_EQ(ask({}, {"read", "i:alice"}), (redis::Reply{Items{text(""), {0}, {}}}));
    EXPECT_EQ(ask({}, {"advance", "", "1-0 5", "1", "i:alice", "one"}),
              redis::Reply{Items{text("OK")}});
    for (const char* elsewhere : {"", "2-0 5", "1-0 6"})
        EXPECT_EQ(ask({}, {"advance", elsewhere, "2-0 9", "1", "i:alice", "two"}),
                  redis::Reply{Items{text("MOVED")}});
    EXPECT_EQ(ask({}, {"read", "i:alice"}), (redis::Reply{Items{text("1-0 5"), {2}, text("one")}}));
    EXPECT_EQ(ask({}, {"advance", "1-0 5", "2-0 9", "1", "i:alice", "two"}),
              redis::Reply{Items{text("OK")}});
    EXPECT_EQ(ask({}, {"read", "i:alice"}), (redis::Reply{Items{text("2-0 9"), {2}, text("two")}}));
}

TEST_F(SumsScriptTest, HasTheSumsOfEachNameAndOfEachChannelThatIsThere) {
    server_.run({"HSET", "{p0}:a", "kind", "extended"});
    server_.run({"HSET", "{p0}:c", "kind", "extended"});
    const redis::Args channels{"{p0}:a", "{p0}:b", "{p0}:c"};
    EXPECT_EQ(ask(channels, {"advance", "", "1-0 5", "2", "i:alice", "one", "i:bob", "two", "of a",
                             "of b", "of c"}),
              redis::Reply{Items{text("OK")}});
    EXPECT_EQ(
        ask(channels, {"read", "i:bob", "i:carol", "i:alice"}),
        (redis::Reply{Items{
            text("1-0 5"), {3}, text("two"), {}, text("one"), text("of a"), {}, text("of c")}}));
    EXPECT_EQ(integer({"EXISTS", "{p0}:b"}), 0) << "it is gone";
}

TEST_F(SumsScriptTest, AChannelsSumsStandInPiecesThatAreCompact) {
    const std::string channel = "{p0}:a";
    server_.run({"HSET", channel, "kind", "extended"});
    std::string place;
    const auto digits = [](std::size_t size) {
        std::string value;
        for (std::size_t i = 0; i < size; ++i) value += static_cast<char>('a' + i % 23);
        return value;
    };
    // Short again by a piece each time, as after a carry; and at each boundary.
    for (const std::size_t size : {1U, 63U, 64U, 65U, 128U, 129U, 200U, 192U, 128U, 64U, 1U, 65U}) {
        SCOPED_TRACE(size);
        const auto next = place + "x";
        ask({channel}, {"advance", place, next, "0", digits(size)});
        place = next;
        EXPECT_EQ(ask({channel}, {"read"}),
                  (redis::Reply{Items{text(place), {1}, text(digits(size))}}));
        const auto hash = server_.run({"HGETALL", channel});
        ledger::ChannelFields pieces;
        ledger::append_in_pieces(pieces, "shares", digits(size));
        EXPECT_EQ(hash.array()->size(), 2 * (1 + pieces.size()));
        for (const auto& [name, value] : pieces)
            EXPECT_EQ(server_.run({"HGET", channel, name}), text(value)) << name;
    }
}

TEST_F(ProjectorTest, SumsUpTheWholeLogAndWhatIsYetToCome) {
    write(40);
    Projector projector{io_, client_, quick};
    projector.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    expect_sums_of_the_whole_log();
    write(20);
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    expect_sums_of_the_whole_log();
    EXPECT_GT(stored("i:alice").credited.high, 0U) << "no sum was large enough";
    EXPECT_TRUE(run_until(io_, [&] { return projector.counters().records == 60; }));
}

/// Killed anywhere: between reading and writing, or with a write on its way of which it never
/// hears. What it knew is gone; what is in Redis must be enough.
TEST_F(ProjectorTest, NeitherLosesNorDoublesAShareWhenItIsKilledAtAnyMoment) {
    write(30);
    for (int life = 0; life < 150; ++life) {
        redis::HiredisClient client{io_, config_for(server_), clock_, random_};
        Projector projector{io_, client, quick};
        projector.start();
        for (auto turns = below(25); turns > 0; --turns) io_.run_one_for(2ms);
        if (life % 5 == 0) write(2);
    }
    Projector last{io_, client_, quick};
    last.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    expect_sums_of_the_whole_log();
}

TEST_F(ProjectorTest, TwoAtOnceCountEachShareOnce) {
    redis::HiredisClient other{io_, config_for(server_), clock_, random_};
    Projector one{io_, client_, quick};
    Projector two{io_, other, quick};
    one.start();
    two.start();
    for (int i = 0; i < 20; ++i) write(5);
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    expect_sums_of_the_whole_log();
    EXPECT_GT(one.counters().moved + two.counters().moved, 0U) << "they never met";
}

TEST_F(ProjectorTest, SurvivesARedisThatIsKilled) {
    write(30);
    Projector projector{io_, client_, quick};
    projector.start();
    for (int i = 0; i < 3; ++i) {
        for (int turns = 0; turns < 10 + 5 * i; ++turns) io_.run_one_for(2ms);
        server_.kill();
        server_.start();
    }
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    expect_sums_of_the_whole_log();
}

TEST_F(ProjectorTest, AnOldRedisTakesItsOwnSumsBackToo) {
    write(10);
    Projector projector{io_, client_, quick};
    projector.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    // As an older state of Redis has them: the log without its end, and the sums of that time.
    const auto at = *server_.run({"HGET", ledger::keys::sums(0), "at"}).string();
    const auto old = server_.run({"HGETALL", ledger::keys::sums(0)});
    write(10);
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    projector.stop();
    redis::Args restore{"HSET", ledger::keys::sums(0)};
    for (const auto& item : *old.array()) restore.push_back(*item.string());
    server_.run({"DEL", ledger::keys::sums(0)});
    server_.run(restore);
    Projector again{io_, client_, quick};
    again.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    const auto expected = recomputed();
    for (const auto& [name, sums] : expected.names) EXPECT_EQ(stored(name), sums) << name;
}

TEST_F(ProjectorTest, StrangersNamesDoNotFillRedis) {
    write(40);
    auto settings = quick;
    settings.names_max = 2;
    Projector projector{io_, client_, settings};
    projector.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    EXPECT_LE(integer({"HLEN", ledger::keys::sums(0)}), 2 + 2);
    std::uint64_t identities = 0;
    const auto all = server_.run({"HGETALL", ledger::keys::sums(0)});
    for (std::size_t i = 0; i + 1 < all.array()->size(); i += 2)
        if (all.string_at(i).starts_with("i:"))
            identities += decode_sums(all.string_at(i + 1))->accepted;
    const auto expected = recomputed().names;
    EXPECT_EQ(identities, expected.at("i:alice").accepted + expected.at("i:bob").accepted);
}

TEST_F(ProjectorTest, KeepsAChannelCompactHoweverLargeItsSums) {
    write(20);
    // As after some days.
    Sums before{.accepted = 123'456, .credited = {.low = ~std::uint64_t{7}, .high = 3}};
    before.rejected.fill(1'234);
    ledger::ChannelFields pieces;
    ledger::append_in_pieces(pieces, "shares", encode_sums(before));
    ASSERT_GT(pieces.size(), 1U);
    const auto key = ledger::keys::channel(0, channel(0));
    for (const auto& [name, value] : pieces) server_.run({"HSET", key, name, value});
    Projector projector{io_, client_, quick};
    projector.start();
    ASSERT_TRUE(run_until(io_, [&] { return is_at_the_end(); }));
    EXPECT_EQ(stored(channel(0)), before += recomputed().channels.at(channel(0)));
    EXPECT_EQ(server_.run({"OBJECT", "ENCODING", key}), redis::Reply{"listpack"});
}

TEST_F(ProjectorTest, StandsStillAtWhatItCannotRead) {
    write(10);
    auto strange = ledger::batch(1, ++sequence_, {});
    ASSERT_TRUE(commit(strange).has_value());
    Projector projector{io_, client_, {.page_size = 1, .poll_interval = 2ms}};
    projector.start();
    ASSERT_TRUE(run_until(io_, [&] { return projector.counters().is_stuck; }));
    EXPECT_EQ(projector.counters().records, 10U);
}

}  // namespace
}  // namespace share_log
