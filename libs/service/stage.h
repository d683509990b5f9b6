#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace service {

/// Which entry of a stage is the oldest, as an operator would look for it:
/// `StageEntry{"batch", 812}.of("gateway", 5)` reads "batch 812 of gateway 5". The kinds are
/// literals, since they are kept by address.
class StageEntry {
  public:
    struct Part {
        const char* kind = nullptr;
        std::uint64_t id = 0;
    };
    static constexpr std::size_t parts_max = 3;

    /// Nothing to say.
    StageEntry() = default;
    template <std::size_t N>
    StageEntry(const char (&kind)[N], std::uint64_t id) : parts_{{{kind, id}}} {}

    /// What it belongs to; beyond parts_max it is left out.
    template <std::size_t N>
    StageEntry of(const char (&kind)[N], std::uint64_t id) const {
        auto entry = *this;
        for (auto& part : entry.parts_) {
            if (part.kind != nullptr) continue;
            part = {kind, id};
            break;
        }
        return entry;
    }

    /// Empty when there is nothing to say.
    std::string text() const;

  private:
    friend class Stage;
    std::array<Part, parts_max> parts_{};
};

/// A queue as the watchdog sees it: how many entries wait, which is the oldest, since when, and how
/// long that may take. The queue's owner publishes from the loop; the watchdog and who asks for a
/// dump read from threads of their own, also while the loop is stuck.
class Stage {
  public:
    struct Waiting {
        std::size_t depth = 0;
        base::SteadyTime oldest{};
        StageEntry entry{};
    };

    Stage(std::string name, std::chrono::milliseconds wait_max)
        : name_(std::move(name)), wait_max_(wait_max) {}

    /// To be called whenever the queue changes; `oldest` is when its oldest entry came, `entry`
    /// which that is. A few atomic stores, so at every change is not too often.
    void publish(std::size_t depth, base::SteadyTime oldest, const StageEntry& entry = {});
    void publish_empty() { publish(0, {}); }

    const std::string& name() const { return name_; }
    std::chrono::milliseconds wait_max() const { return wait_max_; }
    std::size_t depth() const { return waiting().depth; }
    /// What was published last, as a whole.
    Waiting waiting() const;
    /// How long the oldest entry has waited; zero when nothing waits.
    std::chrono::nanoseconds age(base::SteadyTime now) const;
    bool is_stalled(base::SteadyTime now) const { return age(now) > wait_max_; }

  private:
    struct AtomicPart {
        std::atomic<const char*> kind{nullptr};
        std::atomic<std::uint64_t> id{0};
    };
    struct Slot {
        std::atomic<std::size_t> depth{0};
        std::atomic<std::int64_t> oldest{0};
        std::array<AtomicPart, StageEntry::parts_max> parts{};
    };

    std::string name_;
    std::chrono::milliseconds wait_max_;
    // Written in turn: the one that counts rests while the other is written, however long that is.
    std::array<Slot, 2> slots_{};
    std::atomic<std::uint64_t> version_{0};  // even: the first slot counts, odd: the second
};

}  // namespace service
