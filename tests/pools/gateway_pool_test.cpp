// Our client against our own server: channels at the gateway's session, both state machines back
// to back, without sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <deque>

#include "bitcoin/header.h"
#include "gateway/session.h"
#include "mining/job.h"
#include "mining/records_testing.h"
#include "translator/pool_channels.h"

namespace translator {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A gateway without its network, and in place of workers what a test says.
class GatewayPool final : public PoolDialer {
  public:
    struct Wire {
        std::unique_ptr<gateway::Session> session{};
        PoolLink::Callbacks callbacks{};
        bool is_over{};
    };

    explicit GatewayPool(boost::asio::io_context& loop) : loop_(loop) {
        block_template = mining::some_template();
        work.set_current(block_template);
    }

    std::unique_ptr<PoolLink> dial(const PoolAddress&, PoolLink::Callbacks callbacks) override {
        auto wire = std::make_shared<Wire>();
        wire->session = std::make_unique<gateway::Session>("127.0.0.1:1", keys, work,
                                                           gateway::Session::Limits{}, policy);
        wire->callbacks = std::move(callbacks);
        wires.push_back(wire);
        boost::asio::post(loop_, [wire] { wire->callbacks.on_open(); });
        return std::make_unique<Link>(*this, std::move(wire));
    }

    void next_template(gateway::Session::TemplateChange change) {
        block_template.ref = {block_template.ref.value + 1};
        block_template.version ^= 1U << 30U;
        if (change == gateway::Session::TemplateChange::new_tip)
            block_template.tip.prev_hash.value.bytes[0] ^= static_cast<std::uint8_t>(++tips_);
        work.set_current(block_template);
        for (const auto& wire : wires)
            act(*wire, [&](auto& session, auto& effects) { session.on_template(change, effects); });
    }
    template <class Act>
    void act(Wire& wire, Act act) {
        if (wire.is_over) return;
        gateway::Effects effects;
        act(*wire.session, effects);
        carry_out(wire, effects);
    }

    boost::asio::io_context& loop_;
    gateway::MiningPolicy policy{};
    gateway::ChannelKeys keys{mining::Epoch{42}};
    gateway::WorkBook work{};
    mining::BlockTemplate block_template{};
    std::vector<std::shared_ptr<Wire>> wires{};
    std::deque<mining::SubmittedShare> shares{};
    std::vector<std::string> workers{};
    std::vector<mining::JobState> states{};
    std::vector<mining::ChannelKey> opened{};
    std::optional<mining::ShareError> share_error{};
    std::optional<std::string_view> expected_close{};
    bitcoin::Target target = bitcoin::target_max();

  private:
    class Link final : public PoolLink {
      public:
        Link(GatewayPool& pool, std::shared_ptr<Wire> wire) : pool_(pool), wire_(std::move(wire)) {}
        ~Link() override { wire_->is_over = true; }
        Link(const Link&) = delete;
        Link& operator=(const Link&) = delete;
        void send(base::ByteView frames) override {
            boost::asio::post(pool_.loop_,
                              [&pool = pool_, wire = wire_, bytes = base::to_bytes(frames)] {
                                  if (!wire->is_over) pool.hear(*wire, bytes);
                              });
        }
        std::size_t unread() const override { return 0; }
        void check(base::SteadyTime) override {}

      private:
        GatewayPool& pool_;
        std::shared_ptr<Wire> wire_;
    };

    void hear(Wire& wire, base::ByteView frames) {
        while (!frames.empty()) {
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            const auto payload = frames.subspan(sv2::frame_header_size, header.payload_size);
            act(wire, [&](auto& session, auto& effects) {
                session.on_frame(header, payload, base::UnixMicros{1'700'000'100s}, effects);
            });
            frames = frames.subspan(sv2::frame_header_size + header.payload_size);
        }
    }

    /// The workers: they grant every channel and judge every share alike.
    void carry_out(Wire& wire, gateway::Effects& effects) {
        EXPECT_EQ(effects.close, expected_close) << effects.close.value_or("");
        expected_close.reset();
        EXPECT_EQ(effects.oddity, std::nullopt);
        gateway::Effects more;
        for (const auto& event : effects.events)
            if (const auto* open = std::get_if<bus::ChannelOpen>(&event)) {
                opened.push_back(open->key);
                wire.session->on_open_outcome({.key = open->key,
                                               .error_code = "",
                                               .target = target,
                                               .outputs = mining::some_outputs()},
                                              more);
            }
        for (const auto& share : effects.shares) {
            shares.push_back(share.share);
            states.push_back(share.share.state);
            workers.emplace_back(share.worker);
            wire.session->on_verdict(share.channel->key, share.share.sequence_number,
                                     {.error = share_error, .difficulty = {}}, more);
        }
        wire.session->on_verdicts_end(base::SteadyTime{}, more);
        say(wire, effects.frames);
        if (!more.frames.empty() || !more.events.empty()) carry_out(wire, more);
    }

    void say(const Wire& wire, base::ByteView bytes) {
        if (bytes.empty()) return;
        const auto found =
            std::ranges::find_if(wires, [&](auto& one) { return one.get() == &wire; });
        boost::asio::post(loop_, [to = *found, kept = base::to_bytes(bytes)] {
            base::ByteView frames{kept};
            while (!frames.empty() && !to->is_over) {
                const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
                to->callbacks.on_frame(header,
                                       frames.subspan(sv2::frame_header_size, header.payload_size));
                frames = frames.subspan(sv2::frame_header_size + header.payload_size);
            }
        });
    }

    int tips_ = 0;
};

class Listener final : public ChannelListener {
  public:
    void on_terms(const ChannelTerms& now) override { terms = now; }
    void on_job(const ActiveJob& now) override { jobs.push_back(now); }
    void on_verdict(ShareTicket, Verdict verdict, std::string_view code) override {
        verdicts.push_back(verdict);
        codes.emplace_back(code);
    }
    void on_interrupted() override { ++interruptions; }
    void on_refused(std::string_view code) override { refused = code; }

    ChannelHandle channel{};
    std::optional<ChannelTerms> terms{};
    std::vector<ActiveJob> jobs{};
    std::vector<Verdict> verdicts{};
    std::vector<std::string> codes{};
    std::string refused{};
    int interruptions = 0;
};

class GatewayPoolTest : public testing::Test {
  protected:
    using Change = gateway::Session::TemplateChange;

    void start() {
        PoolsSettings settings{.pools = {{.url = {.host = "pool", .port = 1}, .connections = 1}}};
        channels.emplace(PoolChannels::Parts{.loop = loop,
                                             .clock = clock,
                                             .random = random,
                                             .dialer = pool,
                                             .registry = registry},
                         settings);
        channels->on_tick();
        turn();
    }
    ~GatewayPoolTest() override {
        channels.reset();
        turn();
    }
    void turn() {
        loop.restart();
        loop.poll();
    }
    Listener& add(std::size_t size = 8) {
        auto& miner = miners.emplace_back();
        miner.channel = channels->open({.user = "alice.rig",
                                        .nominal_hash_rate_hps = 1e12,
                                        .max_target = bitcoin::target_max(),
                                        .min_extranonce_size = size},
                                       miner);
        return miner;
    }
    bool submit(Listener& miner, const ActiveJob& job, std::string_view worker = "rig") {
        const base::Bytes extranonce(job.extranonce_size, std::byte{1});
        return channels
            ->submit(miner.channel, {.job_id = job.id,
                                     .nonce = 7,
                                     .ntime = job.min_ntime,
                                     .version = job.parts->version,
                                     .extranonce = extranonce,
                                     .worker = worker})
            .has_value();
    }

    boost::asio::io_context loop{};
    base::ManualClock clock{};
    base::SeededRandom random{7};
    service::Registry registry{"translator", "test"};
    GatewayPool pool{loop};
    std::deque<Listener> miners{};
    std::optional<PoolChannels> channels{};
};

TEST_F(GatewayPoolTest, AMinerGetsWorkThatThePoolCanPayFor) {
    start();
    auto& miner = add();
    turn();
    ASSERT_THAT(miner.jobs, SizeIs(1));
    const auto& job = miner.jobs[0];
    EXPECT_EQ(miner.terms->extranonce_size, 8U);
    EXPECT_EQ(miner.terms->extranonce_prefix->size(), 8U);
    EXPECT_TRUE(job.is_clean);
    EXPECT_EQ(job.tip->prev_hash, pool.block_template.tip.prev_hash);
    EXPECT_EQ(job.tip->nbits, pool.block_template.tip.nbits);
    EXPECT_EQ(job.parts->merkle_path, pool.block_template.merkle_path);
    // The length of the scriptSig, which is in the prefix, is that of all that goes between.
    const auto& prefix = job.parts->coinbase_prefix;
    const auto script_begins = 4U + 1U + 36U + 1U;
    const auto script_size = std::to_integer<std::size_t>(prefix[script_begins - 1]);
    EXPECT_EQ(script_size, prefix.size() - script_begins + 16U);
    ASSERT_TRUE(submit(miner, job));
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::accepted));
    EXPECT_THAT(pool.workers, ElementsAre("rig"));
    EXPECT_THAT(pool.states, ElementsAre(mining::JobState::active));
}

TEST_F(GatewayPoolTest, EveryMinerFollowsEveryTemplateAndTip) {
    start();
    for (int i = 0; i < 50; ++i) add();
    turn();
    pool.next_template(Change::refresh);
    turn();
    pool.next_template(Change::new_tip);
    turn();
    for (auto& miner : miners) {
        ASSERT_THAT(miner.jobs, SizeIs(3));
        EXPECT_FALSE(miner.jobs[1].is_clean);
        EXPECT_TRUE(miner.jobs[2].is_clean);
        EXPECT_EQ(miner.jobs[2].tip->prev_hash, pool.block_template.tip.prev_hash);
        EXPECT_EQ(miner.jobs[2].parts, miners[0].jobs[2].parts);
        EXPECT_EQ(miner.jobs[0].parts, miners[0].jobs[0].parts);
        ASSERT_TRUE(submit(miner, miner.jobs[2]));
        ASSERT_TRUE(submit(miner, miner.jobs[1]));
    }
    turn();
    for (const auto& miner : miners) EXPECT_THAT(miner.verdicts, SizeIs(2));
    EXPECT_EQ(std::ranges::count(pool.states, mining::JobState::active), 50);
    EXPECT_EQ(std::ranges::count(pool.states, mining::JobState::stale), 50);
}

TEST_F(GatewayPoolTest, RejectionsAreThoseOfTheShareTheyAreFor) {
    start();
    auto& miner = add();
    turn();
    pool.share_error = mining::ShareError::difficulty_too_low;
    ASSERT_TRUE(submit(miner, miner.jobs[0]));
    turn();
    pool.share_error.reset();
    ASSERT_TRUE(submit(miner, miner.jobs[0]));
    turn();
    EXPECT_THAT(miner.verdicts, ElementsAre(Verdict::low, Verdict::accepted));
    EXPECT_THAT(miner.codes, ElementsAre("difficulty-too-low", ""));
}

TEST_F(GatewayPoolTest, ATargetComesWithTheJobThatCarriesIt) {
    start();
    auto& miner = add();
    auto& other = add();
    turn();
    const auto harder = *bitcoin::expand_nbits(0x1c00ffff);
    pool.act(*pool.wires[0], [&](auto& session, auto& effects) {
        session.on_proposal(pool.opened[0], harder, effects);
    });
    turn();
    ASSERT_THAT(miner.jobs, SizeIs(2));
    EXPECT_THAT(other.jobs, SizeIs(1));
    EXPECT_EQ(miner.jobs[0].target, bitcoin::target_max());
    EXPECT_EQ(miner.jobs[1].target, harder);
    EXPECT_NE(miner.jobs[1].parts, miner.jobs[0].parts)
        << "new work, as the old is of another target";
    // Both jobs are of the same tip: both are good.
    ASSERT_TRUE(submit(miner, miner.jobs[0]));
    ASSERT_TRUE(submit(miner, miner.jobs[1]));
    turn();
    EXPECT_THAT(pool.states, ElementsAre(mining::JobState::past, mining::JobState::active));
}

TEST_F(GatewayPoolTest, AHarderLimitOfTheMinersIsInForceAtOnce) {
    start();
    auto& miner = add();
    turn();
    const auto harder = *bitcoin::expand_nbits(0x1c00ffff);
    channels->update(miner.channel, 1e15, harder);
    turn();
    ASSERT_THAT(miner.jobs, SizeIs(2));
    EXPECT_EQ(miner.jobs[1].target, harder);
}

TEST_F(GatewayPoolTest, ChannelsThatMoveBetweenGroupsGoOn) {
    start();
    auto& miner = add();
    auto& other = add();
    turn();
    auto outputs = mining::some_outputs();
    outputs.pool_tag = base::to_bytes("/other/");
    pool.act(*pool.wires[0], [&](auto& session, auto& effects) {
        session.on_outputs_change({.key = pool.opened[0], .outputs = outputs}, effects);
    });
    turn();
    ASSERT_THAT(miner.jobs, SizeIs(2)) << "a job that pays the new outputs";
    EXPECT_THAT(other.jobs, SizeIs(1));
    pool.next_template(Change::new_tip);
    turn();
    ASSERT_THAT(miner.jobs, SizeIs(3));
    ASSERT_THAT(other.jobs, SizeIs(2));
    EXPECT_NE(miner.jobs[2].parts->coinbase_prefix, other.jobs[1].parts->coinbase_prefix);
    ASSERT_TRUE(submit(miner, miner.jobs[2]));
    ASSERT_TRUE(submit(other, other.jobs[1]));
    turn();
    EXPECT_THAT(pool.states, Each(mining::JobState::active));
}

TEST_F(GatewayPoolTest, AFixedVersionIsTold) {
    pool.policy.requires_fixed_version = true;
    pool.expected_close = "unsupported-feature-flags";  // then we ask without
    start();
    auto& miner = add();
    for (int i = 0; i < 8; ++i) {
        clock.advance(250ms);
        channels->on_tick();
        turn();
    }
    ASSERT_THAT(miner.jobs, SizeIs(1));
    EXPECT_TRUE(miner.terms->is_version_fixed);
    EXPECT_FALSE(miner.jobs[0].parts->may_roll_version);
}

TEST_F(GatewayPoolTest, MoreToRollThanThereIsBecomesLess) {
    start();
    auto& miner = add(32);
    turn();
    turn();
    ASSERT_TRUE(miner.terms);
    EXPECT_EQ(miner.terms->extranonce_size, 16U);
}

TEST_F(GatewayPoolTest, WhoAsksUsToLeaveIsLeftWithoutAnInterruption) {
    start();
    for (int i = 0; i < 10; ++i) add();
    turn();
    clock.advance(20s);
    pool.act(*pool.wires[0], [](auto& session, auto& effects) { session.ask_to_leave(effects); });
    turn();
    channels->on_tick();
    turn();
    for (const auto& miner : miners) {
        EXPECT_EQ(miner.interruptions, 0);
        EXPECT_THAT(miner.jobs, SizeIs(2));
    }
    EXPECT_EQ(pool.wires[1]->session->channels(), 10U);
    clock.advance(PoolChannels::farewell);
    channels->on_tick();
    turn();
    EXPECT_EQ(pool.wires[0]->session->channels(), 0U);
}

TEST_F(GatewayPoolTest, WhoIsBannedIsRefusedInTheEndAndNobodyElse) {
    start();
    auto& miner = add();
    turn();
    for (int i = 0; i < 2; ++i) {
        pool.act(*pool.wires[0], [](auto& session, auto& effects) {
            session.close_channels_of([](std::string_view user) { return user == "alice.rig"; },
                                      effects);
        });
        turn();
    }
    EXPECT_NE(miner.refused, "");
    EXPECT_EQ(miner.interruptions, 1);
}

}  // namespace
}  // namespace translator
