#include <set>

#include "base/random.h"
#include "translator/pool_client_testing.h"

namespace translator {
namespace {

using namespace pool_event;
using sv2::testing::filled;

/// A pool that says anything, in any order, about a handful of channels, groups and jobs, also
/// with bytes changed or missing; and callers that go on using what they have.
class PoolClientProperty : public PoolClientTest {
  protected:
    std::uint64_t below(std::uint64_t bound) { return chance->next_u64() % bound; }
    std::uint32_t some_id() { return static_cast<std::uint32_t>(below(8)); }

    std::uint32_t take_question() {
        if (questions.empty()) return 999;
        const auto taken = questions.back();
        questions.pop_back();
        return taken;
    }
    std::uint32_t some_channel() {
        if (open_at.empty() || below(20) == 0) return some_id();
        auto one = open_at.begin();
        std::advance(one, below(open_at.size()));
        return one->second.value;
    }

    base::Bytes some_message() {
        const sv2::ChannelId to{below(3) == 0 ? group.value : some_channel()};
        const auto u256 = filled(static_cast<unsigned char>(below(256)));
        switch (below(12)) {
            case 0: {
                const auto id = some_id();
                future[to.value] = id;
                return sv2::encode(job(to, id));
            }
            case 1: return sv2::encode(job(to, some_id(), 6'000));
            case 2: {
                const auto named = future.find(to.value);
                if (named == future.end() && below(100) != 0) return {};
                const auto id = named == future.end() ? some_id() : named->second;
                if (below(100) != 0) future.erase(to.value);
                return sv2::encode(tip(to, id, static_cast<unsigned char>(below(9))));
            }
            case 3: return sv2::encode(sv2::SetTarget{.channel_id = to, .maximum_target = u256});
            case 4: {
                kept.push_back(base::Bytes(below(33), std::byte{5}));
                return sv2::encode(sv2::SetExtranoncePrefix{.channel_id = {some_id()},
                                                            .extranonce_prefix = kept.back()});
            }
            case 5:
                return sv2::encode(sv2::SubmitSharesSuccess{
                    .channel_id = to,
                    .last_sequence_number = static_cast<std::uint32_t>(below(20)),
                    .new_submits_accepted_count = static_cast<std::uint32_t>(below(5))});
            case 6:
                return sv2::encode(
                    sv2::SubmitSharesError{.channel_id = to,
                                           .sequence_number = static_cast<std::uint32_t>(below(20)),
                                           .error_code = "stale-share"});
            case 7:
                if (below(4) != 0) return {};
                return sv2::encode(sv2::CloseChannel{.channel_id = to, .reason_code = "x"});
            case 8: {
                const std::vector<sv2::ChannelId> moved{{some_id()}, {some_id()}};
                return sv2::encode(sv2::SetGroupChannel{
                    .group_channel_id = {group.value + static_cast<std::uint32_t>(below(2))},
                    .channel_ids = moved});
            }
            case 9:
                return sv2::encode(sv2::OpenMiningChannelError{
                    .request_id = {below(4) == 0 ? take_question() : 0}, .error_code = "x"});
            default:
                if (questions.empty() && below(200) != 0) return {};
                if (below(100) != 0) ++last_id;
                return sv2::encode(sv2::OpenExtendedMiningChannelSuccess{
                    .request_id = {take_question()},
                    .channel_id = {last_id},
                    .target = u256,
                    .extranonce_size = 8,
                    .extranonce_prefix = prefix(1),
                    .group_channel_id = below(4) == 0 ? sv2::ChannelId{0} : group});
        }
    }

    /// Nobody hears of a channel that is not his, and of every share at most once.
    void check_events() {
        for (const auto& event : effects.events) {
            if (const auto* one = std::get_if<Opened>(&event)) {
                EXPECT_EQ(waiting.erase(one->channel.value), 1U);
                open_at[one->channel.value] = one->id;
            } else if (const auto* refused = std::get_if<Refused>(&event)) {
                EXPECT_EQ(waiting.erase(refused->channel.value), 1U);
            } else if (const auto* given = std::get_if<JobGiven>(&event)) {
                EXPECT_TRUE(open_at.contains(given->channel.value));
                EXPECT_NE(given->job.tip, nullptr);
                EXPECT_GE(given->job.id, newest);
                newest = given->job.id;
                jobs[given->channel.value] = given->job;
            } else if (const auto* answered = std::get_if<ShareAnswered>(&event)) {
                EXPECT_EQ(unanswered.erase(answered->ticket.value), 1U);
            } else if (const auto* closed = std::get_if<Closed>(&event)) {
                EXPECT_EQ(open_at.erase(closed->channel.value), 1U);
                jobs.erase(closed->channel.value);
            } else if (const auto* lost = std::get_if<Lost>(&event)) {
                EXPECT_EQ(open_at.erase(lost->channel.value) + waiting.erase(lost->channel.value),
                          1U);
            }
        }
        effects.events.clear();
    }

    void use_what_there_is() {
        if (waiting.size() < 3 && below(3) == 0) {
            waiting.insert(++last_handle);
            client->open({.channel = {last_handle}}, now, effects);
            questions.push_back(++asked);
        }
        for (const auto& [handle, given] : jobs) {
            if (below(3) != 0) continue;
            if (client->submit(open_at.at(handle), share_of(given), {++last_ticket}, now, effects))
                unanswered.insert(last_ticket);
        }
        if (!open_at.empty() && below(20) == 0) {
            const auto [handle, id] = *open_at.begin();
            client->close(id, "by-miner", now, effects);
            open_at.erase(handle);
            jobs.erase(handle);
        }
    }

    std::optional<base::SeededRandom> chance{};
    std::map<std::uint32_t, std::uint32_t> future{};
    std::uint32_t last_id = 0;
    std::vector<std::uint32_t> questions{};
    std::uint32_t asked = 0;
    std::uint64_t last_handle = 0;
    std::uint64_t last_ticket = 0;
    std::uint64_t newest = 0;
    std::set<std::uint64_t> waiting{};
    std::set<std::uint64_t> unanswered{};
    std::map<std::uint64_t, sv2::ChannelId> open_at{};
    std::map<std::uint64_t, ActiveJob> jobs{};
};

TEST_F(PoolClientProperty, WhateverAPoolSaysEveryShareAndChannelHasOneEnd) {
    int steps = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        chance.emplace(seed);
        kept.clear();
        asked = 0;
        future.clear();
        questions.clear();
        last_id = 200;
        waiting.clear();
        open_at.clear();
        jobs.clear();
        set_up();
        effects = {};
        const bool is_damaged = below(3) == 0;
        int step = 0;
        for (; step < 300 && client->is_set_up(); ++step) {
            auto frame = some_message();
            if (frame.empty()) continue;
            if (is_damaged && below(10) == 0)
                frame[below(frame.size())] ^= static_cast<std::byte>(1 + below(255));
            const auto header = sv2::testing::header_of_frame(frame);
            const sv2::testing::ExactBytes payload{sv2::testing::payload_of(frame)};
            client->on_frame(header, payload.view(), now, effects);
            check_events();
            if (client->is_set_up()) use_what_there_is();
            now += 100ms;
            client->on_tick(now, effects);
            check_events();
        }
        steps += step;
        client->on_end(now, effects);
        check_events();
        EXPECT_TRUE(open_at.empty());
        EXPECT_TRUE(waiting.empty());
        EXPECT_TRUE(unanswered.empty());
        EXPECT_EQ(client->channels(), 0U);
    }
    EXPECT_GT(steps, 20'000);
    EXPECT_GT(last_ticket, 10'000U);
}

}  // namespace
}  // namespace translator
