#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/batch.h"
#include "simulation/life.h"
#include "simulation/link.h"
#include "simulation/network.h"

namespace simulation {

/// The bus as ZeroMQ gives it to gateways (ROUTER) and workers (DEALER): frames in order for each
/// pair, none beyond a mark, and what is in a pipe is lost with either end, or when heartbeats do
/// not pass for three seconds.
class BusNet {
  public:
    explicit BusNet(Network& network);

    /// A gateway's end, under its host's name.
    class GatewayEnd {
      public:
        using OnFrame = std::function<void(const std::string& worker, const std::string& frame)>;
        GatewayEnd(BusNet& net, Host host, const Life& life, OnFrame on_frame);
        ~GatewayEnd();
        GatewayEnd(const GatewayEnd&) = delete;
        GatewayEnd& operator=(const GatewayEnd&) = delete;
        /// False when there is no such worker (any more), or its pipe is full.
        bool send(const std::string& worker, const std::string& frame);
        /// Frames on the way to the worker that has most.
        std::size_t fullest() const;

      private:
        BusNet& net_;
        Host host_;
    };

    /// A worker's end of the pipe to one gateway: it dials until it is there, and again whenever it
    /// is lost.
    class WorkerEnd {
      public:
        using OnFrame = std::function<void(const std::string& frame)>;
        WorkerEnd(BusNet& net, Host worker, const Life& life, Host gateway, OnFrame on_frame);
        ~WorkerEnd();
        WorkerEnd(const WorkerEnd&) = delete;
        WorkerEnd& operator=(const WorkerEnd&) = delete;
        bool send(const std::string& frame);
        bool is_connected() const;
        std::size_t waiting() const;

      private:
        friend class BusNet;
        void dial();
        BusNet& net_;
        Host worker_;
        const Life& life_;
        Host gateway_;
        OnFrame on_frame_;
        std::string id_{};  // of the connection that is there
    };

    /// Pipes break for no reason that the two ends know: all of one gateway.
    void break_pipes_of(Host host);

  private:
    struct Pipe {
        Host gateway{};
        Host worker{};
        WorkerEnd* worker_end{};
        std::unique_ptr<Link> to_gateway{};
        std::unique_ptr<Link> to_worker{};
        base::SteadyTime last_passed{};
    };
    struct Bound {
        const Life* life{};
        GatewayEnd::OnFrame on_frame{};
    };
    void connect(WorkerEnd& end);
    void break_pipe(const std::string& id);
    void look_at_heartbeats();

    Network& network_;
    Chance chance_;
    std::map<Host, Bound> bound_{};
    std::map<std::string, Pipe> pipes_{};
    std::uint64_t last_id_{};
};

}  // namespace simulation
