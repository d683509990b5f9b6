#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/front.h"
#include "miner.h"
#include "mining/records_testing.h"
#include "support/loop.h"
#include "sv2/common_messages.h"
#include "sv2/job_declaration_messages.h"
#include "sv2/limits.h"
#include "sv2/mining_messages.h"

// Opens real connections to a real front, from a second process, and prints what each costs the
// gateway in user memory. The kernel's buffers are not in it.
namespace gateway {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;

/// Longer than what a std::string holds without the heap, as most miners' addresses are.
constexpr const char* miners_address = "127.100.100.100";
constexpr std::chrono::seconds patience{300};

enum class Miners { idle, aged, half_frame, deaf, slow };

struct Options {
    Miners miners{};
    std::size_t connections{};
    std::size_t bytes_max{};
};

noise::GatewayIdentity make_identity(base::Random& random) {
    const auto authority = noise::SecretKey::generate(random);
    auto static_key = noise::SecretKey::generate(random);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(
        authority, static_key.public_key(), {.valid_from = 0, .not_valid_after = 0xffffffff},
        std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate,
            noise::AuthorityPublicKey{authority.public_key()}};
}

/// Opens every channel at once, as a channel-manager does a little later.
class OpeningSink final : public ShareSink {
  public:
    OpeningSink(boost::asio::io_context& loop, std::unique_ptr<Front>& front)
        : loop_(loop), front_(front) {}
    bus::Partition partition_of(ConnectionId) const override { return {}; }
    bool is_full(bus::Partition) const override { return false; }
    void take(ConnectionId id, bus::Partition, const Effects& effects) override {
        for (const auto& event : effects.events) {
            const auto* open = std::get_if<bus::ChannelOpen>(&event);
            if (open == nullptr) continue;
            boost::asio::post(loop_, [this, id, key = open->key] {
                auto* connection = front_->find(id);
                if (connection == nullptr) return;
                connection->act([&](Session& session, Effects& out) {
                    session.on_open_outcome({.key = key,
                                             .error_code = "",
                                             .target = bitcoin::target_max(),
                                             .outputs = mining::some_outputs()},
                                            out);
                });
            });
        }
    }

  private:
    boost::asio::io_context& loop_;
    std::unique_ptr<Front>& front_;
};

struct Memory {
    double heap{};
    double resident{};
};

Memory memory_in_use() {
    const auto heap = ::mallinfo2();
    std::size_t pages = 0;
    std::size_t resident = 0;
    if (auto* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%zu %zu", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return {.heap = static_cast<double>(heap.uordblks + heap.hblkhd),
            .resident = static_cast<double>(resident) * 4096.0};
}

void allow_many_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// All but the last byte of the largest frame that the header may announce.
base::Bytes half_frame(TestMiner& miner) {
    const base::Bytes blob(65'535, std::byte{0});
    const auto room = sv2::limits::payload_from_miner_max - blob.size() - 64;
    auto sealed = miner.sealed(sv2::DeclareMiningJob{
        .coinbase_tx_prefix = blob, .excess_data = base::ByteView{blob}.first(room)});
    sealed.pop_back();
    return sealed;
}

/// The other process: connects, mines, says so, and stays until it is killed.
[[noreturn]] void be_the_miners(const Options& options, std::uint16_t port,
                                const noise::AuthorityPublicKey& authority, int report) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    base::SystemRandom random;
    std::vector<std::unique_ptr<TestMiner>> miners;
    for (std::size_t i = 0; i < options.connections; ++i) {
        auto& miner = *miners.emplace_back(std::make_unique<TestMiner>(
            port, miners_address,
            options.miners == Miners::slow ? TestMiner::Link::narrow : TestMiner::Link::usual));
        miner.begin_handshake(authority, random);
        while (!miner.finish_handshake(1)) miner.wait_for_bytes();
        miner.say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                       .min_version = 2,
                                       .max_version = 2,
                                       .vendor = "probe"});
        miner.say(sv2::OpenStandardMiningChannel{.user_identity = "an.account.and.its.worker",
                                                 .max_target = {}});
        const auto has_job = [&] {
            return std::ranges::count(miner.heard(), sv2::SetNewPrevHash::info.message_type) != 0;
        };
        while (!has_job()) miner.wait_for_bytes();
        if (options.miners == Miners::half_frame) miner.send_whole(half_frame(miner));
    }
    [[maybe_unused]] const auto told = ::write(report, "!", 1);
    for (;;) {
        const bool reads = options.miners == Miners::slow || options.miners == Miners::aged;
        ::poll(nullptr, 0, reads ? 5 : -1);
        for (const auto& miner : miners) miner->discard(4 * 1024);
    }
}

/// What the gateway does for miners that do not read, or slowly: new tips, as fast as `has_enough`
/// lets them. Returns the most that it ever held.
template <class HasEnough>
Memory send_tips(boost::asio::io_context& loop, Front& front, WorkBook& work,
                 HasEnough has_enough) {
    Memory most = memory_in_use();
    auto next = mining::some_template();
    for (int tip = 0; front.connections() != 0; ++tip) {
        next.ref = {next.ref.value + 1};
        next.tip.prev_hash.value.bytes[0] ^= 1;
        work.set_current(next);
        bool all_have_enough = true;
        front.for_each([&](Connection& connection) {
            if (has_enough(connection)) return;
            all_have_enough = false;
            connection.act([&](Session& session, Effects& effects) {
                session.on_template(Session::TemplateChange::new_tip, effects);
            });
        });
        loop.poll();
        if (all_have_enough) loop.run_one_for(1ms);
        if (tip % 64 != 0) continue;
        const auto now = memory_in_use();
        most = {.heap = std::max(most.heap, now.heap),
                .resident = std::max(most.resident, now.resident)};
    }
    return most;
}

/// An hour of a template every 30 seconds and a tip every ten minutes: the jobs of three tips are
/// remembered for the shares that may come.
Memory let_an_hour_pass(boost::asio::io_context& loop, Front& front, WorkBook& work) {
    auto next = mining::some_template();
    for (int refresh = 1; refresh <= 120; ++refresh) {
        next.ref = {next.ref.value + 1};
        if (refresh % 20 == 0) next.tip.prev_hash.value.bytes[0] ^= 1;
        const auto change = work.set_current(next) ? Session::TemplateChange::new_tip
                                                   : Session::TemplateChange::refresh;
        front.for_each([&](Connection& connection) {
            connection.act(
                [&](Session& session, Effects& effects) { session.on_template(change, effects); });
        });
        loop.run_for(20ms);
    }
    loop.run_for(500ms);
    return memory_in_use();
}

/// A peer that never reads is closed in the end.
Memory fill_until_closed(boost::asio::io_context& loop, Front& front, WorkBook& work) {
    return send_tips(loop, front, work, [](Connection&) { return false; });
}

/// A peer that reads slowly and always has something unread: for ten seconds.
Memory keep_backed_up(boost::asio::io_context& loop, Front& front, WorkBook& work) {
    constexpr std::size_t half_queue = sv2::limits::send_queue_max / 2;
    const auto end = base::SystemClock{}.steady_now() + 10s;
    return send_tips(loop, front, work, [&](Connection& connection) {
        if (base::SystemClock{}.steady_now() < end) return connection.unsent() > half_queue;
        connection.close("done");
        return true;
    });
}

int probe(const Options& options) {
    allow_many_descriptors();
    boost::asio::io_context loop{1};
    base::SystemClock clock;
    base::SystemRandom random;
    const auto identity = make_identity(random);
    service::Registry registry{"gateway", "probe"};
    Metrics metrics{registry};
    WorkBook work;
    work.set_current(mining::some_template());
    FrontLimits limits;
    limits.connections_max = options.connections + 1;
    limits.connections_per_address_max = options.connections + 1;
    limits.deadlines.frame_deadline = 1h;
    limits.deadlines.write_stall_deadline = 1h;
    std::unique_ptr<Front> front;
    OpeningSink sink{loop, front};
    ChannelKeys keys{mining::Epoch{1}};
    front = std::make_unique<Front>(Front::Parts{loop, clock, random, identity, metrics, work},
                                    service::Endpoint{.host = "127.0.0.1", .port = 0}, limits);
    front->open(sink, keys);

    loop.run_for(200ms);
    const auto before = memory_in_use();
    std::array<int, 2> report{};
    if (::pipe(report.data()) != 0) throw std::runtime_error{"no pipe"};
    const auto child = ::fork();
    if (child == 0) be_the_miners(options, front->port(), identity.authority, report[1]);
    const auto child_is_done = [&] {
        pollfd readable{.fd = report[0], .events = POLLIN, .revents = 0};
        return ::poll(&readable, 1, 0) == 1;
    };
    if (!run_until(loop, child_is_done, patience)) throw std::runtime_error{"the miners hang"};
    loop.run_for(500ms);
    if (front->connections() != options.connections)
        throw std::runtime_error{std::to_string(front->connections()) + " connections are there"};
    auto after = memory_in_use();
    if (options.miners == Miners::aged) after = let_an_hour_pass(loop, *front, work);
    if (options.miners == Miners::deaf) after = fill_until_closed(loop, *front, work);
    if (options.miners == Miners::slow) after = keep_backed_up(loop, *front, work);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    const auto count = static_cast<double>(options.connections);
    const auto heap = (after.heap - before.heap) / count;
    std::printf("connections\t%zu\nheap\t%.0f\nresident\t%.0f\n", options.connections, heap,
                (after.resident - before.resident) / count);
    front->close_all("done");
    if (options.bytes_max == 0 || heap <= static_cast<double>(options.bytes_max))
        return EXIT_SUCCESS;
    std::fprintf(stderr, "more than the %zu bytes that a connection may take\n", options.bytes_max);
    return EXIT_FAILURE;
}

}  // namespace
}  // namespace gateway

int main(int argc, char** argv) try {
    gateway::Options options;
    CLI::App app{"What a miner's connection costs a gateway in user memory, in bytes."};
    app.add_option("--miners", options.miners,
                   "idle (one channel and its job), aged (an hour's jobs later), half-frame (all "
                   "but a byte of the largest "
                   "frame), deaf (never read), slow (always behind)")
        ->required()
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, gateway::Miners>{{"idle", gateway::Miners::idle},
                                                   {"aged", gateway::Miners::aged},
                                                   {"half-frame", gateway::Miners::half_frame},
                                                   {"deaf", gateway::Miners::deaf},
                                                   {"slow", gateway::Miners::slow}}));
    app.add_option("--connections", options.connections, "how many")
        ->required()
        ->check(CLI::Range(1, 15'000));
    app.add_option("--bytes-max", options.bytes_max, "fail when each takes more of the heap");
    CLI11_PARSE(app, argc, argv);
    return gateway::probe(options);
} catch (const std::exception& error) {
    std::fprintf(stderr, "memory probe: %s\n", error.what());
    return EXIT_FAILURE;
}
