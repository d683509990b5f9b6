#include "miner/hasher_pool.h"

#include <algorithm>

namespace miner {
namespace {

using namespace std::chrono_literals;

// Some 5 ms on one core: what a change of job waits at most.
constexpr std::uint64_t slice_max = 1U << 16;
constexpr std::uint64_t slice_min = 1U << 10;

// Shares that wait to be sent. When the pool does not read, hashing stops.
constexpr std::size_t shares_max = 1024;

// How far a throttled channel may catch up after it was kept from hashing.
constexpr auto catch_up_max = 1s;
// A channel whose search space is used up looks again when ntime may have advanced.
constexpr auto exhausted_pause = 100ms;
constexpr double throttled_slice_seconds = 0.02;

}  // namespace

HasherPool::HasherPool(Settings settings, const base::Clock& clock, std::function<void()> on_share)
    : settings_(settings), clock_(clock), on_share_(std::move(on_share)) {
    for (unsigned i = 0; i < std::max(1U, settings_.threads); ++i) {
        hashers_.push_back(std::make_unique<Hasher>());
        hashers_.back()->index = i;
    }
    for (auto& hasher : hashers_)
        hasher->thread = std::thread([this, one = hasher.get()] { run(*one); });
}

HasherPool::~HasherPool() {
    stop();
}

void HasherPool::stop() {
    {
        // Else it may be set between a hasher's look at it and its sleep, which nobody ends then.
        const std::lock_guard lock{shares_mutex_};
        is_stopping_ = true;
    }
    shares_taken_.notify_all();
    for (auto& hasher : hashers_) {
        {
            const std::lock_guard lock{hasher->mutex};
            hasher->has_mail = true;
        }
        hasher->wake.notify_all();
    }
    for (auto& hasher : hashers_)
        if (hasher->thread.joinable()) hasher->thread.join();
}

void HasherPool::set_work(std::size_t channel, std::shared_ptr<const Work> work) {
    // At full speed every thread takes a stripe of every channel; a throttled channel belongs to
    // one thread, which keeps its rate.
    if (is_throttled()) {
        post(*hashers_[channel % hashers_.size()], channel, std::move(work));
        return;
    }
    for (auto& hasher : hashers_) post(*hasher, channel, work);
}

void HasherPool::post(Hasher& hasher, std::size_t channel, std::shared_ptr<const Work> work) {
    {
        const std::lock_guard lock{hasher.mutex};
        hasher.mail[channel] = std::move(work);
        hasher.has_mail = true;
    }
    hasher.wake.notify_one();
}

bool HasherPool::deliver(FoundShare share) {
    {
        std::unique_lock lock{shares_mutex_};
        shares_taken_.wait(lock, [&] { return shares_.size() < shares_max || is_stopping_; });
        if (is_stopping_) return false;
        shares_.push_back(std::move(share));
    }
    on_share_();
    return true;
}

std::deque<FoundShare> HasherPool::take_shares() {
    std::deque<FoundShare> taken;
    {
        const std::lock_guard lock{shares_mutex_};
        taken.swap(shares_);
    }
    shares_taken_.notify_all();
    return taken;
}

void HasherPool::run(Hasher& hasher) {
    const Stripe stripe = is_throttled() ? Stripe{} : Stripe{hasher.index, hashers_.size()};
    std::map<std::size_t, Hashing> channels;
    // Whose turn it is: the channel that has waited longest. At full speed all are always due, and
    // they alternate.
    std::set<std::pair<base::SteadyTime, std::size_t>> turns;

    const auto read_mail = [&](const Mail& mail) {
        for (const auto& [channel, work] : mail) {
            base::SteadyTime due = clock_.steady_now();
            if (const auto old = channels.find(channel); old != channels.end()) {
                due = old->second.due;
                turns.erase({due, channel});
                channels.erase(old);
            }
            if (work == nullptr) continue;
            channels.emplace(channel, Hashing{.cursor = Cursor{work, stripe}, .due = due});
            turns.emplace(due, channel);
        }
    };

    while (!is_stopping_) {
        const base::SteadyTime now = clock_.steady_now();
        const bool must_wait = turns.empty() || turns.begin()->first > now;
        if (must_wait || hasher.has_mail) {
            Mail mail;
            {
                std::unique_lock lock{hasher.mutex};
                const auto has_mail = [&] { return hasher.has_mail.load(); };
                if (turns.empty())
                    hasher.wake.wait(lock, has_mail);
                else if (must_wait)
                    hasher.wake.wait_until(lock, turns.begin()->first, has_mail);
                mail.swap(hasher.mail);
                hasher.has_mail = false;
            }
            read_mail(mail);
            continue;
        }
        const std::size_t channel = turns.begin()->second;
        turns.erase(turns.begin());
        auto& hashing = channels.at(channel);
        std::uint64_t count = slice_max / channels.size();
        if (is_throttled())
            count = static_cast<std::uint64_t>(settings_.throttle_hps * throttled_slice_seconds);
        else
            count = std::max(count, slice_min);
        auto slice = hashing.cursor.scan(std::clamp<std::uint64_t>(count, 1, slice_max), now);
        hashes_.fetch_add(slice.hashes, std::memory_order_relaxed);
        if (slice.hashes == 0)
            hashing.due = now + exhausted_pause;
        else if (is_throttled())
            hashing.due = std::max(hashing.due, now - catch_up_max) +
                          std::chrono::duration_cast<base::SteadyTime::duration>(
                              std::chrono::duration<double>(static_cast<double>(slice.hashes) /
                                                            settings_.throttle_hps));
        else
            hashing.due = now;
        turns.emplace(hashing.due, channel);
        if (slice.found && !deliver(std::move(*slice.found))) return;
    }
}

}  // namespace miner
