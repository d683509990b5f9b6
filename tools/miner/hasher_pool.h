#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "miner/cursor.h"

namespace miner {

/// The threads that hash. Each owns its cursors; work comes to it and shares leave it as messages
/// (this is a developers' tool: in services there are no locks).
class HasherPool {
  public:
    struct Settings {
        unsigned threads = 1;
        /// Hashes per second of each channel; 0 for as many as there are.
        double throttle_hps = 0;
    };
    /// `on_share` is called by the hashing threads when a share has become available; it only
    /// wakes whoever calls take_shares().
    HasherPool(Settings settings, const base::Clock& clock, std::function<void()> on_share);
    ~HasherPool();
    HasherPool(const HasherPool&) = delete;
    HasherPool& operator=(const HasherPool&) = delete;

    /// Replaces what a channel hashes; null for nothing. Takes effect with the next slice.
    void set_work(std::size_t channel, std::shared_ptr<const Work> work);
    /// Stops hashing and joins the threads; what was found can still be taken.
    void stop();

    std::deque<FoundShare> take_shares();
    std::uint64_t hashes() const { return hashes_.load(std::memory_order_relaxed); }

  private:
    using Mail = std::map<std::size_t, std::shared_ptr<const Work>>;
    struct Hashing {
        Cursor cursor;
        base::SteadyTime due{};
    };
    struct Hasher {
        unsigned index = 0;
        std::mutex mutex{};
        std::condition_variable wake{};
        Mail mail{};  ///< the latest word for each channel: bounded by their number
        std::atomic<bool> has_mail{false};
        std::thread thread{};
    };

    void run(Hasher& hasher);
    void post(Hasher& hasher, std::size_t channel, std::shared_ptr<const Work> work);
    bool deliver(FoundShare share);
    bool is_throttled() const { return settings_.throttle_hps > 0; }

    Settings settings_;
    const base::Clock& clock_;
    std::function<void()> on_share_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<std::uint64_t> hashes_{0};
    std::mutex shares_mutex_{};
    std::condition_variable shares_taken_{};
    std::deque<FoundShare> shares_{};
    std::vector<std::unique_ptr<Hasher>> hashers_{};
};

}  // namespace miner
