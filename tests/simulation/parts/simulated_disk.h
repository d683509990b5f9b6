#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "simulation/chance.h"
#include "simulation/life.h"
#include "template/background.h"
#include "template/spool_file.h"
#include "template/template_file.h"

namespace simulation {

/// A disk with a spool and templates: it outlives the processes that write to it. What was written
/// is there, whole; after a crash of the machine what was removed may be back, since nobody syncs
/// that, nor templates, which may be gone or cut short.
class SimulatedDisk {
  public:
    explicit SimulatedDisk(World& world, std::string_view name)
        : chance_(world.fork(std::string{"disk "}.append(name))), name_(name) {}

    /// Full: nothing more can be written. Slow: everything takes so long.
    void fill(bool is_full) { is_full_ = is_full; }
    void slow_down(std::chrono::microseconds by) { delay_ = by; }
    void heal() {
        fill(false);
        slow_down(delay_usual);
    }
    /// The machine loses its power.
    void crash();

    bool has(const bitcoin::BlockHash& hash) const {
        return files_.contains(hash.value.to_be_hex() + ".block");
    }
    /// Whole.
    bool has(mining::TemplateRef ref) const;

  private:
    friend class SimulatedSpool;
    friend class SimulatedTemplates;
    friend class SimulatedBackground;
    static constexpr std::chrono::microseconds delay_usual{800};

    bool write(const std::string& file, base::Bytes content);

    Chance chance_;
    std::string name_;
    std::map<std::string, base::Bytes> files_{};
    std::map<std::string, base::Bytes> removed_{};  // since the last crash
    std::chrono::microseconds delay_ = delay_usual;
    bool is_full_ = false;
};

/// The spool on it, for one incarnation of a replica.
class SimulatedSpool final : public templates::SpoolFiles {
  public:
    explicit SimulatedSpool(SimulatedDisk& disk) : disk_(disk) {}
    /// The process is killed: nothing is written any more.
    void kill() { is_dead_ = true; }

    std::string place() const override { return disk_.name_; }
    void prepare() override {}
    templates::SpoolContents read() override;
    std::string replica_name(base::Random& random) override;
    std::optional<templates::SpooledBlock> read_block(const bitcoin::BlockHash& hash) override;
    std::optional<std::string> write_block(const templates::SpooledBlock& block) override;
    std::optional<std::string> write_state(const bitcoin::BlockHash& hash,
                                           const templates::BlockState& state) override;
    void remove(const bitcoin::BlockHash& hash) override;

  private:
    std::optional<std::string> write(const std::string& file, base::Bytes content);

    SimulatedDisk& disk_;
    bool is_dead_ = false;
};

/// Templates on it, for one incarnation of a replica. How old they are nobody knows here: what
/// stays is what earlier ones have left.
class SimulatedTemplates final : public templates::TemplateFiles {
  public:
    explicit SimulatedTemplates(SimulatedDisk& disk) : disk_(disk) {}
    /// The process is killed: nothing is written any more.
    void kill() { is_dead_ = true; }

    std::optional<std::string> write(mining::TemplateRef ref, const base::Bytes& file) override;
    base::Bytes read(mining::TemplateRef ref) override;
    void remove(mining::TemplateRef ref) override;
    void remove_older_than(std::chrono::milliseconds) override {}

  private:
    SimulatedDisk& disk_;
    bool is_dead_ = false;
};

/// A thread of a process that is killed without a word: what it has not begun is never done.
class SimulatedBackground final : public templates::Background {
  public:
    /// Each piece of work takes as long as `delay` says at that time.
    SimulatedBackground(const Life& life, std::function<std::chrono::microseconds()> delay)
        : life_(life), delay_(std::move(delay)) {}
    static std::function<std::chrono::microseconds()> as_slow_as(const SimulatedDisk& disk) {
        return [&disk] { return disk.delay_; };
    }

    void post(std::function<void()> work) override;
    void join() override { work_.clear(); }

  private:
    void next();

    const Life& life_;
    std::function<std::chrono::microseconds()> delay_;
    std::deque<std::function<void()>> work_{};
    bool is_busy_ = false;
};

}  // namespace simulation
