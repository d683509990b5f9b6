#include "gateway/switchboard.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "bus/codec.h"
#include "gateway/waiting_room.h"
#include "mining/records_testing.h"
#include "sv2/codec.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

struct TestConnection {
    TestConnection(ConnectionId of, ChannelKeys& keys, WorkBook& work)
        : number(of), protocol("127.0.0.1:1", keys, work, {}) {}
    ConnectionId id() const { return number; }
    const Session* session() const { return &protocol; }
    bool is_backed_up() const { return reads_slowly; }
    void flush() { ++flushes; }
    template <class Act>
    void act(Act act) {
        effects.clear();
        act(protocol, effects);
        said += effects.frames.size();
    }
    ConnectionId number;
    Session protocol;
    Effects effects{};
    bool reads_slowly{};
    int flushes{};
    std::size_t said{};
};

struct TestShell {
    TestConnection* find(ConnectionId id) const {
        const auto found = connections.find(id.value);
        return found == connections.end() ? nullptr : found->second.get();
    }
    template <class Act>
    void for_each(const Act& act) const {
        for (const auto& [id, connection] : connections) act(*connection);
    }
    bool send(const std::string&, const std::string& frame) {
        auto received = bus::decode_to_worker(frame);
        if (auto* batch = std::get_if<bus::Batch>(&received->message))
            sent.push_back(std::move(*batch));
        return is_worker_there;
    }
    std::optional<bitcoin::Target> proposed(mining::ChannelKey) const { return proposal; }
    void forget(mining::ChannelKey channel) { forgotten.push_back(channel); }
    void answered(const bus::Batch&) { ++batches_answered; }
    void fenced(const std::string& reason) { why_fenced = reason; }

    std::map<std::uint64_t, std::unique_ptr<TestConnection>> connections{};
    std::vector<bus::Batch> sent{};
    bool is_worker_there{true};
    std::optional<bitcoin::Target> proposal{};
    std::vector<mining::ChannelKey> forgotten{};
    int batches_answered{};
    std::string why_fenced{};
};

class SwitchboardTest : public testing::Test {
  protected:
    SwitchboardTest() {
        work.set_current(mining::some_template());
        switchboard.dispatcher().on_message("w",
                                            bus::Ready{.worker = {1},
                                                       .version = bus::bus_version,
                                                       .derivation_versions = {1},
                                                       .partitions = 16,
                                                       .duplicate_key_fingerprint = 0,
                                                       .credits = 64},
                                            clock.steady_now());
        switchboard.flush();
    }
    TestConnection& connect() {
        const ConnectionId id{shell.connections.size() + 1};
        return *shell.connections
                    .emplace(id.value,
                             std::make_unique<TestConnection>(id, switchboard.keys(), work))
                    .first->second;
    }
    template <class Message>
    void say(TestConnection& connection, const Message& message) {
        const auto frame = sv2::encode(message);
        const base::ByteView view{frame};
        connection.act([&](Session& session, Effects& effects) {
            session.on_frame(sv2::decode_header(view.first<sv2::frame_header_size>()),
                             view.subspan(sv2::frame_header_size), clock.unix_now(), effects);
            if (!effects.shares.empty() || !effects.events.empty())
                switchboard.take(connection.id(), switchboard.partition_of(connection.id()),
                                 effects);
        });
    }
    mining::ChannelKey ask_for_channel(TestConnection& connection) {
        say(connection, sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                             .min_version = 2,
                                             .max_version = 2,
                                             .vendor = "test"});
        sv2::U256 any{};
        any.fill(std::byte{0xff});
        say(connection, sv2::OpenStandardMiningChannel{.request_id = {1},
                                                       .user_identity = "alice",
                                                       .nominal_hash_rate = 1e6F,
                                                       .max_target = any});
        return std::get<bus::ChannelOpen>(connection.effects.events.at(0)).key;
    }
    /// The ledger has what was sent last.
    void answer(bus::Result result) {
        const auto& batch = shell.sent.back();
        result.epoch = batch.epoch;
        result.partition = batch.partition;
        result.sequence = batch.sequence;
        switchboard.dispatcher().on_message("w", result, clock.steady_now());
        switchboard.flush();
    }
    void open(TestConnection& connection) {
        const auto key = ask_for_channel(connection);
        send_what_waits();
        bus::Result result;
        result.opens.push_back({.key = key,
                                .error_code = "",
                                .target = bitcoin::target_max(),
                                .outputs = mining::some_outputs()});
        answer(std::move(result));
    }
    void send_what_waits() {
        clock.advance(100ms);  // opens have a pace
        switchboard.flush();
    }

    base::ManualClock clock;
    service::Registry registry{"gateway", "test"};
    Metrics metrics{registry};
    ledger::BanList bans;
    WorkBook work;
    TestShell shell;
    Switchboard<TestShell> switchboard{{shell, clock, metrics, bans}, {.epoch = mining::Epoch{42}}};
};

TEST_F(SwitchboardTest, BringsAnOpenToAWorkerAndItsOutcomeBack) {
    auto& connection = connect();
    open(connection);
    EXPECT_EQ(shell.batches_answered, 1);
    EXPECT_EQ(connection.session()->channels(), 1U);
    EXPECT_EQ(switchboard.connection_of(connection.session()->channel_keys(1).at(0)), &connection);
}

TEST_F(SwitchboardTest, GivesAnOpenedChannelWhatWasProposedForIt) {
    auto& connection = connect();
    shell.proposal = bitcoin::target_of(bitcoin::Difficulty{64});
    open(connection);
    EXPECT_TRUE(std::ranges::any_of(connection.effects.events, [](const auto& event) {
        return std::holds_alternative<bus::TargetApplied>(event);
    }));
}

TEST_F(SwitchboardTest, AProposalWaitsForRoomToWriteItDown) {
    auto& connection = connect();
    open(connection);
    const auto key = connection.session()->channel_keys(1).at(0);
    const auto partition = switchboard.partition_of(connection.id());
    auto& dispatcher = switchboard.dispatcher();
    for (const bool is_a_batch_under_way : {false, true}) {
        while (!dispatcher.is_full(partition))
            dispatcher.add_event(partition, connection.id().value, bus::ChannelUpdate{.key = key},
                                 clock.steady_now());
        if (!is_a_batch_under_way) send_what_waits();
    }
    const auto entries = dispatcher.fullest();
    const auto said = connection.said;
    for (const std::uint64_t difficulty : {64U, 32U}) {
        shell.proposal = bitcoin::target_of(bitcoin::Difficulty{difficulty});
        switchboard.on_proposal(key, *shell.proposal);
        send_what_waits();
    }
    EXPECT_EQ(connection.said, said);
    EXPECT_EQ(dispatcher.fullest(), entries);

    answer({});
    ASSERT_FALSE(dispatcher.is_full(partition));
    EXPECT_GT(connection.said, said);
    const auto& events = connection.effects.events;
    ASSERT_EQ(events.size(), 1U) << "the last one alone";
    EXPECT_EQ(std::get<bus::TargetApplied>(events[0]).target, shell.proposal);
    const auto said_then = connection.said;
    switchboard.flush();
    EXPECT_EQ(connection.said, said_then);
}

TEST_F(SwitchboardTest, ForgetsAChannelThatIsRefusedOrClosed) {
    auto& refused = connect();
    const auto key = ask_for_channel(refused);
    send_what_waits();
    bus::Result result;
    result.opens.push_back({.key = key, .error_code = "unknown-user", .target = {}, .outputs = {}});
    answer(std::move(result));
    EXPECT_EQ(switchboard.connection_of(key), nullptr);

    auto& connection = connect();
    open(connection);
    const auto opened = connection.session()->channel_keys(1).at(0);
    say(connection, sv2::CloseChannel{.channel_id = {1}, .reason_code = ""});
    EXPECT_EQ(switchboard.connection_of(opened), nullptr);
    EXPECT_EQ(shell.forgotten, std::vector{opened});
}

TEST_F(SwitchboardTest, TellsEverybodyOfATipAndTheSlowOfNothingElse) {
    auto& quick = connect();
    auto& slow = connect();
    open(quick);
    open(slow);
    slow.reads_slowly = true;
    auto next = mining::some_template();
    const auto change = [&](Session::TemplateChange kind) {
        quick.said = slow.said = 0;
        quick.flushes = slow.flushes = 0;
        ++next.ref.value;
        work.set_current(next);
        switchboard.on_template(next.tip.prev_hash, kind, clock.steady_now());
    };
    change(Session::TemplateChange::refresh);
    EXPECT_GT(quick.said, 0U);
    EXPECT_EQ(slow.said, 0U);
    EXPECT_EQ(quick.flushes, 0);
    next.tip.prev_hash.value.bytes[0] ^= 1;
    change(Session::TemplateChange::new_tip);
    EXPECT_GT(quick.said, 0U);
    EXPECT_GT(slow.said, 0U);
    EXPECT_EQ(quick.flushes, 1);
    EXPECT_EQ(slow.flushes, 1);
}

TEST_F(SwitchboardTest, SaysWhenTheLedgerTakesTheGatewayForDead) {
    ask_for_channel(connect());
    send_what_waits();
    const auto& batch = shell.sent.back();
    switchboard.dispatcher().on_message(
        "w", bus::Refused{batch.epoch, batch.partition, batch.sequence, "this epoch was reaped"},
        clock.steady_now());
    switchboard.flush();
    EXPECT_EQ(shell.why_fenced, "this epoch was reaped");
}

struct Waiter {
    void resume() {
        ++resumed;
        if (room != nullptr) room->add(self.lock());
    }
    int resumed{};
    WaitingRoom<Waiter>* room{};
    std::weak_ptr<Waiter> self{};
};

TEST(WaitingRoom, CallsEachOnceAlsoThoseThatWaitAgain) {
    WaitingRoom<Waiter> room;
    const auto one = std::make_shared<Waiter>();
    const auto again = std::make_shared<Waiter>();
    again->room = &room;
    again->self = again;
    room.add(one);
    room.add(again);
    room.call();
    EXPECT_EQ(one->resumed, 1);
    EXPECT_EQ(again->resumed, 1);
    EXPECT_EQ(room.size(), 1U);
    room.call();
    EXPECT_EQ(one->resumed, 1);
    EXPECT_EQ(again->resumed, 2);
}

}  // namespace
}  // namespace gateway
