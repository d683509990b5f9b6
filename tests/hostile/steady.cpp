#include "hostile/steady.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "sv2/mining_messages.h"

namespace hostile {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Shares are not hashed: at the easiest of targets some are accepted and some are not, and each is
/// answered when the ledger has it.
class Miner {
  public:
    Miner(const Target& target, base::Random& random) : peer_(target, "127.0.0.1") {
        sv2::U256 any{};
        any.fill(std::byte{0xff});
        if (peer_.set_up(random))
            peer_.say(sv2::OpenExtendedMiningChannel{.request_id = {1},
                                                     .user_identity = "steady",
                                                     .nominal_hash_rate = 1e-6F,
                                                     .max_target = any,
                                                     .min_extranonce_size = 4});
    }

    int descriptor() const { return peer_.descriptor(); }
    bool is_open() const { return peer_.is_open(); }

    void submit() {
        if (!peer_.is_open() || !is_mining_) return;
        const base::Bytes extranonce(extranonce_size_, std::byte{1});
        ++nonce_;
        sent_.emplace(nonce_, Clock::now());
        peer_.say(sv2::SubmitSharesExtended{.channel_id = channel_,
                                            .sequence_number = nonce_,
                                            .job_id = job_,
                                            .nonce = nonce_,
                                            .ntime = ntime_,
                                            .version = version_,
                                            .extranonce = extranonce});
    }

    void read(std::vector<double>& waited_us) {
        if (!peer_.receive(65536, false)) return;
        const auto now = Clock::now();
        while (const auto frame = peer_.next_frame()) take(*frame, now, waited_us);
    }

    /// Those that are not answered yet, with what they have waited so far.
    void add_unanswered(Clock::time_point now, std::vector<double>& waited_us) const {
        for (const auto& [sequence, since] : sent_)
            waited_us.push_back(std::chrono::duration<double, std::micro>(now - since).count());
    }

  private:
    void take(const sv2::Frame& frame, Clock::time_point now, std::vector<double>& waited_us) {
        const auto is = [&]<class M>(std::type_identity<M>) {
            return frame.header.message_type == M::info.message_type;
        };
        const auto as = [&]<class M>(std::type_identity<M>) {
            return sv2::decode<M>(frame.payload).value();
        };
        using Opened = std::type_identity<sv2::OpenExtendedMiningChannelSuccess>;
        using Job = std::type_identity<sv2::NewExtendedMiningJob>;
        using Tip = std::type_identity<sv2::SetNewPrevHash>;
        using Good = std::type_identity<sv2::SubmitSharesSuccess>;
        using Bad = std::type_identity<sv2::SubmitSharesError>;
        if (is(Opened{})) {
            channel_ = as(Opened{}).channel_id;
            extranonce_size_ = as(Opened{}).extranonce_size;
        } else if (is(Job{})) {
            const auto job = as(Job{});
            if (job.min_ntime) {
                use(job.job_id, job.version, *job.min_ntime);
            } else {
                future_ = {job.job_id, job.version};
            }
        } else if (is(Tip{})) {
            const auto tip = as(Tip{});
            if (tip.job_id == future_.first) use(tip.job_id, future_.second, tip.min_ntime);
        } else if (is(Good{})) {
            // One answer for all of a batch that were accepted; what was rejected came before.
            const auto last = as(Good{}).last_sequence_number;
            while (!sent_.empty() && sent_.begin()->first <= last)
                answered(sent_.begin()->first, now, waited_us);
        } else if (is(Bad{})) {
            answered(as(Bad{}).sequence_number, now, waited_us);
        }
    }
    void use(sv2::JobId job, std::uint32_t version, std::uint32_t ntime) {
        job_ = job;
        version_ = version;
        ntime_ = ntime;
        is_mining_ = true;
    }
    void answered(std::uint32_t sequence, Clock::time_point now, std::vector<double>& waited_us) {
        const auto found = sent_.find(sequence);
        if (found == sent_.end()) return;
        waited_us.push_back(std::chrono::duration<double, std::micro>(now - found->second).count());
        sent_.erase(found);
    }

    Peer peer_;
    bool is_mining_{};
    sv2::ChannelId channel_{};
    std::size_t extranonce_size_{};
    sv2::JobId job_{};
    std::pair<sv2::JobId, std::uint32_t> future_{};
    std::uint32_t version_{};
    std::uint32_t ntime_{};
    std::uint32_t nonce_{};
    std::map<std::uint32_t, Clock::time_point> sent_{};
};

/// One line: how many miners are gone, and how long each answer since the last line took, in us.
void report(const std::vector<Miner>& miners, std::vector<double>& waited_us) {
    const auto now = Clock::now();
    for (const auto& miner : miners) miner.add_unanswered(now, waited_us);
    const auto lost = static_cast<std::size_t>(
        std::ranges::count_if(miners, [](const auto& miner) { return !miner.is_open(); }));
    std::printf("%zu", lost);
    for (const auto waited : waited_us) std::printf(" %.0f", waited);
    std::printf("\n");
    std::fflush(stdout);
    waited_us.clear();
}

}  // namespace

int mine_steadily(const Target& target, std::size_t count, double rate) {
    base::SystemRandom random;
    std::vector<Miner> miners;
    for (std::size_t i = 0; i < count; ++i) miners.emplace_back(target, random);
    std::vector<double> waited_us;
    const auto interval = std::chrono::duration_cast<Clock::duration>(1s / rate);
    auto next = Clock::now();
    std::vector<pollfd> polled(count + 1);
    for (std::size_t turn = 0;;) {
        for (std::size_t i = 0; i < count; ++i)
            polled[i] = {.fd = miners[i].descriptor(), .events = POLLIN, .revents = 0};
        polled[count] = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        const auto left = std::max(Clock::duration{0}, next - Clock::now());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const timespec wait{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
        ::ppoll(polled.data(), polled.size(), &wait, nullptr);
        for (std::size_t i = 0; i < count; ++i)
            if (polled[i].revents != 0) miners[i].read(waited_us);
        if (polled[count].revents != 0) {
            char line[64];
            if (::read(STDIN_FILENO, line, sizeof line) <= 0) return 0;
            report(miners, waited_us);
        }
        // One that is late does not catch up: the load is the same for both that are compared.
        if (Clock::now() >= next) {
            miners[turn++ % count].submit();
            next = std::max(next + interval, Clock::now() - 10 * interval);
        }
    }
}

}  // namespace hostile
