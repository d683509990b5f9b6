#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/members.h"
#include "redis/client.h"
#include "redis/script.h"
#include "vardiff/death_watch.h"

namespace vardiff {

/// Takes gateways that are gone out of Redis: their channels, their last batches, the tips that
/// they named and the seen shares of tips that nobody else names (architecture §6).
///
/// An epoch is barred in every partition before anything of it is deleted, so that whatever comes
/// of it later is refused; a gateway that was alive all the same is told by that refusal and ends.
/// Its mark is what says that work is left: it is the last thing to be folded into the floor, the
/// epoch up to which all are barred. Every step is one small command that may come again, so a
/// reaper may die anywhere and any number may work at once. Lives on one loop.
class Reaper {
  public:
    struct Settings {
        std::uint32_t partitions = 0;
        DeathWatch::Settings watch{};
        /// A heartbeat that is younger is a sign of life.
        std::chrono::milliseconds beat_within{5'000};
        /// What one command may look at.
        std::uint32_t scan_count = 500;
    };
    struct Counters {
        std::uint64_t rounds = 0;
        std::uint64_t failed_rounds = 0;
        std::uint64_t epochs = 0;
        std::uint64_t channels = 0;
    };

    Reaper(redis::Client& client, Settings settings);
    ~Reaper();

    /// One round: looks at the partitions, and reaps who is gone. Does nothing while another round
    /// is under way. `done` is told whether Redis answered all the time.
    void run(std::vector<ledger::SeenMember> members, base::SteadyTime now,
             std::function<void(bool)> done);
    bool is_running() const { return is_running_; }
    const Counters& counters() const { return counters_; }

  private:
    /// What a partition holds of epochs.
    struct Found {
        std::map<mining::Epoch, std::uint64_t> sequences{};
        std::set<mining::Epoch> marks{};
        mining::Epoch floor{};
        bool is_barred(mining::Epoch epoch) const {
            return epoch <= floor || marks.contains(epoch);
        }
    };
    using Then = std::function<void(const redis::Reply&)>;

    void look_at(std::uint32_t partition, const std::string& cursor);
    void decide();
    bool is_barred_everywhere(mining::Epoch epoch) const;
    void bar(mining::Epoch epoch);
    void clean(const std::set<mining::Epoch>& epochs);
    void free_tips(std::uint32_t partition, mining::Epoch epoch);
    void scan_channels(const std::set<mining::Epoch>& epochs, const std::string& cursor);
    void raise_floor(const std::set<mining::Epoch>& gone);

    void add_step(std::function<void()> step) { steps_.push_back(std::move(step)); }
    void next();
    void end(bool is_whole);
    void ask(redis::Args args, Then then);
    void ask_script(std::uint32_t partition, redis::Args args, Then then);

    redis::Client& client_;
    Settings settings_;
    redis::Script script_;
    DeathWatch watch_;
    Counters counters_{};
    bool is_running_ = false;
    std::vector<ledger::SeenMember> members_{};
    base::SteadyTime now_{};
    std::function<void(bool)> done_{};
    std::vector<Found> found_{};
    std::deque<std::function<void()>> steps_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace vardiff
