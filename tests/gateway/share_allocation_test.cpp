#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string>

#include "bus/partition_queue.h"
#include "gateway/session.h"
#include "mining/records_testing.h"
#include "noise/transport.h"
#include "sv2/codec.h"
#include "sv2/extension_messages.h"
#include "sv2/tlv.h"

// This program counts what it allocates: nothing may be allocated for a share on its way from the
// socket's bytes to what the bus is given, nor for its answer.
namespace {

std::size_t allocations = 0;

void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    const auto rounded = (size + alignment - 1) / alignment * alignment;
    if (void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded))
        return memory;
    std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace gateway {
namespace {

constexpr base::UnixMicros now{std::chrono::seconds{1'700'000'000}};
constexpr std::size_t warm_up = 300;
constexpr std::size_t counted_shares = 2000;

/// One connection as the gateway has it, without its socket, and the miner's side of the transport.
class ShareAllocation : public testing::Test {
  protected:
    ShareAllocation() {
        work.set_current(mining::some_template());
        say(sv2::SetupConnection{
            .protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2});
    }

    /// The frame's way through the gateway, from what the socket gave to `effects`.
    void receive(std::span<std::byte> sealed) {
        effects.clear();
        while (!sealed.empty()) {
            const auto opened = opener.open(sealed, sv2::limits::payload_from_miner_max);
            ASSERT_TRUE(opened.has_value());
            sealed = sealed.subspan(opened->consumed);
            if (opened->frame.empty()) break;
            const auto header = sv2::decode_header(opened->frame.first<sv2::frame_header_size>());
            session.on_frame(header, opened->frame.subspan(sv2::frame_header_size), now, effects);
        }
        reply();
    }
    void reply() {
        base::ByteView frames{effects.frames};
        while (!frames.empty()) {
            const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
            const auto size = sv2::frame_header_size + header.payload_size;
            static_cast<void>(reply_sealer.seal(frames.first(size), out).value());
            frames = frames.subspan(size);
        }
        out.clear();  // the socket took it
    }

    template <class Message>
    void seal(const Message& message, base::ByteView tlv_area = {}) {
        frame.clear();
        sv2::append_frame(message, frame, tlv_area);
        static_cast<void>(sealer.seal(frame, wire).value());
    }
    template <class Message>
    void say(const Message& message) {
        wire.clear();
        seal(message);
        receive(wire);
    }
    void open_channel() {
        const auto open = std::get<bus::ChannelOpen>(effects.events.at(0));
        key = open.key;
        channel = {open.channel_id};
        effects.clear();
        session.on_open_outcome({.key = key,
                                 .error_code = "",
                                 .target = bitcoin::target_max(),
                                 .outputs = mining::some_outputs()},
                                effects);
    }
    void open_standard() {
        say(sv2::OpenStandardMiningChannel{.user_identity = "alice.rig", .max_target = {}});
        open_channel();
    }
    void open_extended() {
        say(sv2::OpenExtendedMiningChannel{
            .user_identity = "alice.rig", .max_target = {}, .min_extranonce_size = 8});
        open_channel();
    }
    sv2::SubmitSharesStandard standard() {
        return {.channel_id = channel,
                .sequence_number = ++sequence,
                .job_id = {1},
                .nonce = sequence,
                .ntime = work.current()->tip.min_ntime,
                .version = work.current()->version};
    }
    sv2::SubmitSharesExtended extended() {
        return {.channel_id = channel,
                .sequence_number = ++sequence,
                .job_id = {1},
                .nonce = sequence,
                .ntime = work.current()->tip.min_ntime,
                .version = work.current()->version,
                .extranonce = base::ByteView{extranonce}};
    }
    /// The ledger's word for the shares in `effects`, and the answer to the miner.
    void answer(std::optional<mining::ShareError> error = {}) {
        const auto first = sequence - static_cast<std::uint32_t>(effects.shares.size()) + 1;
        effects.clear();
        for (auto number = first; number <= sequence; ++number)
            session.on_verdict(key, number, {.error = error, .difficulty = {1}}, effects);
        session.on_verdicts_end({}, effects);
        reply();
    }

    /// How many allocations `act` makes in as many turns as are counted, after a warm-up.
    template <class Act>
    std::size_t allocations_of(Act act) {
        for (std::size_t i = 0; i < warm_up; ++i) act();
        const auto before = allocations;
        for (std::size_t i = 0; i < counted_shares; ++i) act();
        return allocations - before;
    }
    /// The share is sealed outside of what is counted: that is the miner's work.
    template <class Seal, class Then>
    std::size_t allocations_of_receiving(Seal seal_one, Then then) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < warm_up + counted_shares; ++i) {
            wire.clear();
            seal_one();
            const auto before = allocations;
            then();
            if (i >= warm_up) count += allocations - before;
        }
        return count;
    }

    ChannelKeys keys{mining::Epoch{42}};
    WorkBook work;
    Session session{"127.0.0.1:1", keys, work, {}};
    Effects effects;
    noise::FrameSealer sealer{noise::CipherState{noise::Secret<32>{}}};
    noise::FrameOpener opener{noise::CipherState{noise::Secret<32>{}}};
    noise::FrameSealer reply_sealer{noise::CipherState{noise::Secret<32>{}}};
    base::Bytes frame;
    base::Bytes wire;
    base::Bytes out;
    std::array<std::byte, 8> extranonce{};
    mining::ChannelKey key{};
    sv2::ChannelId channel{};
    std::uint32_t sequence = 0;
};

TEST_F(ShareAllocation, CountsWhatIsAllocated) {
    EXPECT_GE(allocations_of([] { delete new int{1}; }), counted_shares)
        << "or the other tests could not fail";
}

TEST_F(ShareAllocation, AStandardShareAndItsAnswerAllocateNothing) {
    open_standard();
    EXPECT_EQ(allocations_of_receiving([&] { seal(standard()); },
                                       [&] {
                                           receive(wire);
                                           ASSERT_EQ(effects.shares.size(), 1U);
                                           answer();
                                       }),
              0U);
}

TEST_F(ShareAllocation, AnExtendedShareAndItsAnswerAllocateNothing) {
    open_extended();
    EXPECT_EQ(allocations_of_receiving([&] { seal(extended()); },
                                       [&] {
                                           receive(wire);
                                           ASSERT_EQ(effects.shares.size(), 1U);
                                           answer();
                                       }),
              0U);
}

TEST_F(ShareAllocation, AShareThatNamesItsWorkerAllocatesNothing) {
    const std::array<std::uint16_t, 1> wanted{sv2::worker_identity_extension};
    say(sv2::RequestExtensions{.request_id = {1},
                               .requested_extensions = std::span<const std::uint16_t>{wanted}});
    open_extended();
    base::Bytes tlv_area;
    sv2::append_user_identity("a worker's name of 32 bytes now.", tlv_area);
    EXPECT_EQ(allocations_of_receiving([&] { seal(extended(), tlv_area); },
                                       [&] {
                                           receive(wire);
                                           ASSERT_EQ(effects.shares.size(), 1U);
                                           ASSERT_EQ(effects.shares[0].worker.size(), 32U);
                                           answer();
                                       }),
              0U);
}

TEST_F(ShareAllocation, SharesThatArriveTogetherOrInPartsAllocateNothing) {
    open_extended();
    EXPECT_EQ(allocations_of_receiving(
                  [&] {
                      for (int i = 0; i < 16; ++i) seal(extended());
                  },
                  [&] {
                      receive(wire);
                      ASSERT_EQ(effects.shares.size(), 16U);
                      answer();
                  }),
              0U);
    EXPECT_EQ(allocations_of_receiving([&] { seal(extended()); },
                                       [&] {
                                           const std::span bytes{wire};
                                           receive(bytes.first(10));
                                           receive(bytes.subspan(10, 20));
                                           receive(bytes.subspan(30));
                                           ASSERT_EQ(effects.shares.size(), 1U);
                                           answer();
                                       }),
              0U);
}

TEST_F(ShareAllocation, ARejectedShareAllocatesNothing) {
    open_standard();
    EXPECT_EQ(allocations_of_receiving([&] { seal(standard()); },
                                       [&] {
                                           receive(wire);
                                           answer(mining::ShareError::difficulty_too_low);
                                       }),
              0U)
        << "by the ledger";
    auto of_no_job = standard();
    of_no_job.job_id = {4711};
    EXPECT_EQ(allocations_of_receiving([&] { seal(of_no_job); },
                                       [&] {
                                           receive(wire);
                                           ASSERT_EQ(effects.refused.size(), 1U);
                                       }),
              0U)
        << "by the session";
}

/// What lies behind the session is not free of allocations: a batch is made for the worker. It is
/// measured, printed and bounded, so that nobody adds to it unseen.
TEST_F(ShareAllocation, TheOpenBatchOfTheBusAllocatesAmortised) {
    open_extended();
    constexpr std::size_t batch_size = 256;
    const auto allocated_for = [&](std::string_view worker) {
        bus::PartitionQueue queue{mining::Epoch{42}, bus::Partition{0}, batch_size};
        queue.set_tip(work.current()->tip.prev_hash, {});
        std::size_t count = 0;
        for (std::size_t i = 0; i < batch_size; ++i) {
            wire.clear();
            seal(extended());
            receive(wire);
            const auto& share = effects.shares.at(0);
            const auto before = allocations;
            queue.add_share({*share.channel, share.job, *share.outputs}, share.share,
                            std::string{worker}, {});
            count += allocations - before;
        }
        return static_cast<double>(count) / batch_size;
    };
    const auto plain = allocated_for({});
    const auto named = allocated_for("a worker's name of 32 bytes now.");
    std::printf("allocations per share in a batch of %zu: %.2f, with a worker's name %.2f\n",
                batch_size, plain, named);
    EXPECT_LE(plain, 0.5);
    EXPECT_LE(named, 2.5);
}

}  // namespace
}  // namespace gateway
