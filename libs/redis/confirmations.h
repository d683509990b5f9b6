#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "redis/client.h"

namespace redis {

/// A command whose answer is to say how many replicas have it, too.
struct Unconfirmed {
    std::uint32_t replicas = 0;
    std::chrono::milliseconds timeout{};
    ReplicatedCallback done{};  ///< empty once it has run
    std::optional<Reply> reply{};

    /// Both at most once between them; confirm() only after a reply.
    void fail(const Error& error);
    void confirm(std::int64_t replicas_reached);
};

/// The commands of one connection that no WAIT speaks of yet.
///
/// Redis lets nothing of a connection pass a WAIT. Were there one behind each command, sixteen
/// commands would take sixteen times what a replica needs to have one; so there is at most one WAIT
/// under way, and the next one speaks of all that was sent meanwhile.
class Confirmations {
  public:
    using Shared = std::shared_ptr<Unconfirmed>;

    void add(Shared command) { commands_.push_back(std::move(command)); }

    struct Group {
        std::uint32_t replicas = 0;
        std::chrono::milliseconds timeout{};
        std::vector<Shared> commands{};
    };
    /// What the next WAIT is for, and how much of it; nothing while one is under way or nobody
    /// wants one.
    std::optional<Group> take();
    /// The WAIT was answered, or is lost.
    void is_answered() { is_under_way_ = false; }
    /// The connection is lost: those that were answered, and that no WAIT will speak of any more.
    std::vector<Shared> take_answered();

  private:
    std::vector<Shared> commands_{};
    bool is_under_way_ = false;
};

}  // namespace redis
