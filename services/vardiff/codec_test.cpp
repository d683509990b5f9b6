#include "vardiff/codec.h"

#include <gtest/gtest.h>

#include "vardiff/book_testing.h"

namespace vardiff {
namespace {

namespace proto = adit::vardiff::v1;
using namespace std::chrono_literals;
using testing::key;
using testing::of_hashes;
using testing::RecordMaker;

/// A book in the midst of things: channels that opened, fell silent and are in doubt.
ChannelBook busy_book() {
    ChannelBook book{std::make_shared<const Policies>(PolicySet{})};
    RecordMaker maker;
    for (std::uint32_t counter = 1; counter <= 5; ++counter)
        maker.open(key(counter), static_cast<float>(counter) * 1e6F, of_hashes(1e7));
    base::UnixMicros now{1'000'000s};
    book.take(maker.record, now);
    RecordMaker restated;
    restated.event(bus::ChannelUpdate{.key = key(2),
                                      .nominal_hash_rate = 9e6F,
                                      .max_target = bitcoin::target_max(),
                                      .user_identity = "alice.rig1",
                                      .outputs_id = {}});
    book.take(restated.record, now);
    for (int i = 0; i < 400; ++i) {
        now += 1s;
        if (i % 7 == 0) {
            RecordMaker share;
            book.take(share.share(key(1), now, of_hashes(1e7), of_hashes(1e7)).record, now);
        }
        for (const auto& proposal : book.advance(now)) {
            RecordMaker applied;
            book.take(applied.event(bus::TargetApplied{proposal.channel, proposal.target}).record,
                      now);
        }
    }
    return book;
}

TEST(Checkpoint, IsWhatWasKnown) {
    const auto book = busy_book();
    const share_log::Position position{.id = "17-3", .bytes = 99};
    const auto read = decode_checkpoint(encode_checkpoint(position, book));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->position, position);
    ASSERT_EQ(read->channels.size(), 5U);
    bool has_proposal = false;
    for (const auto& [at, channel] : book.channels()) {
        const auto& other = read->channels.at(at);
        EXPECT_EQ(other.track.state(), channel.track.state());
        EXPECT_EQ(other.target, channel.target);
        EXPECT_EQ(other.max_target, channel.max_target);
        EXPECT_EQ(other.nominal_hash_rate, channel.nominal_hash_rate);
        EXPECT_EQ(other.proposed, channel.proposed);
        EXPECT_EQ(other.history, channel.history);
        EXPECT_EQ(other.user_identity, channel.user_identity);
        has_proposal |= channel.proposed.has_value();
    }
    EXPECT_TRUE(has_proposal);
}

TEST(Checkpoint, GoesOnAsIfNothingHadHappened) {
    auto book = busy_book();
    ChannelBook other{std::make_shared<const Policies>(PolicySet{})};
    auto kept = decode_checkpoint(encode_checkpoint({.id = "1-1"}, book));
    ASSERT_TRUE(kept.has_value());
    other.restore(std::move(kept->channels), kept->heard);
    base::UnixMicros now{1'000'400s};
    std::size_t proposals = 0;
    for (int i = 0; i < 3000; ++i) {
        now += 1s;
        const auto one = book.advance(now);
        ASSERT_EQ(one, other.advance(now));
        proposals += one.size();
    }
    EXPECT_GT(proposals, 0U);
}

TEST(Checkpoint, WhatIsDamagedIsNone) {
    const auto text = encode_checkpoint({.id = "1-1"}, busy_book());
    EXPECT_FALSE(decode_checkpoint("").has_value());
    EXPECT_FALSE(decode_checkpoint("no message").has_value());
    EXPECT_FALSE(decode_checkpoint(text.substr(0, text.size() - 1)).has_value());
    proto::Checkpoint message;
    ASSERT_TRUE(message.ParseFromString(text));
    const auto without = [&](auto damage) {
        auto damaged = message;
        damage(damaged);
        return decode_checkpoint(damaged.SerializeAsString()).has_value();
    };
    EXPECT_TRUE(without([](auto&) {}));
    EXPECT_FALSE(without([](auto& each) { each.set_format(2); }));
    EXPECT_FALSE(without([](auto& each) { each.mutable_channels(0)->clear_charts(); }));
    EXPECT_FALSE(without([](auto& each) { each.mutable_channels(0)->set_target("short"); }));
    EXPECT_FALSE(without([](auto& each) { each.mutable_channels(0)->set_hash_rate(0); }));
    EXPECT_FALSE(without([](auto& each) {
        each.mutable_channels(0)->mutable_history(0)->mutable_found()->set_target("short");
    }));
}

TEST(Checkpoint, OfALaterVersionIsTakenWithoutWhatOnlyThatKnows) {
    const auto book = busy_book();
    const auto text = encode_checkpoint({.id = "1-1"}, book);
    proto::Checkpoint message;
    ASSERT_TRUE(message.ParseFromString(text));
    auto& channel = *message.mutable_channels(0);
    // As a kind of entry reads that this version has no name for: an unknown field of it.
    auto& entry = *channel.add_history();
    entry.set_at_us(1);
    entry.GetReflection()->MutableUnknownFields(&entry)->AddLengthDelimited(99, "later");
    channel.GetReflection()->MutableUnknownFields(&channel)->AddVarint(99, 1);
    const auto read = decode_checkpoint(message.SerializeAsString());
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->channels.size(), book.channels().size());
    const auto& known = book.channels().at(mining::ChannelKey{channel.key()}).history;
    EXPECT_EQ(read->channels.at(mining::ChannelKey{channel.key()}).history, known);
}

TEST(SetPolicy, ChangesWhatItSaysAndLeavesTheRest) {
    PolicySet before;
    before.common.powers_of_two = true;
    proto::SetPolicyRequest request;
    request.set_shares_per_minute(12);
    const auto after = changed(before, request);
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(after->version, 1U);
    EXPECT_EQ(after->common.shares_per_minute, 12);
    EXPECT_TRUE(after->common.powers_of_two);
    EXPECT_EQ(after->bounds, before.bounds);
    EXPECT_EQ(from_proto(to_proto(*after)), *after);
}

TEST(SetPolicy, GivesAnIdentityItsOwnAndTakesItAway) {
    proto::SetPolicyRequest request;
    request.set_user_identity("alice");
    request.set_shares_per_minute(60);
    const auto with = changed({}, request);
    ASSERT_TRUE(with.has_value());
    EXPECT_EQ(with->by_identity.at("alice").shares_per_minute, 60);
    EXPECT_EQ(with->common.shares_per_minute, 6);
    EXPECT_EQ(from_proto(to_proto(*with)), *with);
    request.set_remove(true);
    const auto without = changed(*with, request);
    ASSERT_TRUE(without.has_value());
    EXPECT_TRUE(without->by_identity.empty());
    EXPECT_FALSE(changed(*without, request).has_value()) << "it has none";
}

TEST(SetPolicy, RefusesWhatIsOutOfRangeByName) {
    const auto why = [](auto fill) {
        proto::SetPolicyRequest request;
        fill(request);
        const auto after = changed({}, request);
        return after ? std::string{} : after.error();
    };
    EXPECT_NE(why([](auto& each) { each.set_shares_per_minute(0.05); }), "");
    EXPECT_NE(why([](auto& each) { each.set_shares_per_minute(1201); }), "");
    EXPECT_NE(why([](auto& each) { each.set_shares_per_minute(0.0 / 0.0); }), "");
    EXPECT_NE(why([](auto& each) { each.set_false_change_seconds(599); }), "");
    EXPECT_NE(why([](auto& each) { each.set_false_change_seconds(~std::uint64_t{0}); }), "");
    EXPECT_NE(why([](auto& each) { each.set_hardest_target("short"); }), "");
    EXPECT_NE(why([](auto& each) {
                  each.set_hardest_target(std::string(32, '\x05'));
                  each.set_easiest_target(std::string(32, '\x04'));
              }),
              "");
    EXPECT_NE(why([](auto& each) {
                  each.set_user_identity("alice");
                  each.set_easiest_target(std::string(32, '\x04'));
              }),
              "");
    EXPECT_NE(why([](auto& each) { each.set_user_identity(std::string(256, 'a')); }), "");
    EXPECT_EQ(why([](auto& each) { each.set_shares_per_minute(60); }), "");
}

TEST(Explain, TellsTheEvidenceAndTheHistory) {
    const auto book = busy_book();
    const Policies policies{{}};
    const auto answer = explain(*book.find(key(1)), policies.terms_for("alice.rig1"));
    EXPECT_EQ(answer.user_identity(), "alice.rig1");
    EXPECT_EQ(answer.charts_size(), static_cast<int>(retarget::chart_count));
    EXPECT_GT(answer.charts(0).threshold(), 0);
    EXPECT_GT(answer.history_size(), 0);
    EXPECT_TRUE(answer.history(0).has_opened());
    EXPECT_EQ(answer.policy().shares_per_minute(), 6);
}

}  // namespace
}  // namespace vardiff
