#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/life.h"
#include "simulation/link.h"
#include "simulation/network.h"

namespace simulation {

class RpcServer;

/// One connection of gRPC, between two incarnations of processes. Each end closes it when it dies;
/// the other one is told a moment later.
class RpcConnection {
  public:
    /// What either end does about a call when the connection is gone.
    struct Call {
        std::function<void()> on_client{};
        std::function<void()> on_server{};
    };

    RpcConnection(Network& network, Host client, const Life& client_life, Host server,
                  const Life& server_life);

    bool is_open() const { return is_open_; }
    bool is_parted() const { return !network_.reaches(client_, server_); }
    void to_server(World::Event event);
    void to_client(World::Event event);

    std::uint64_t add(Call call);
    void remove(std::uint64_t call) { calls_.erase(call); }

    void close_by_client();
    void close_by_server();
    /// Neither end has heard of the other for too long.
    void time_out();

  private:
    Network& network_;
    Host client_;
    Host server_;
    const Life* client_life_;
    const Life* server_life_;
    std::unique_ptr<Link> up_;
    std::unique_ptr<Link> down_;
    std::map<std::uint64_t, Call> calls_{};
    std::uint64_t last_call_ = 0;
    bool is_open_ = true;
};

/// Who listens where.
class RpcDirectory {
  public:
    explicit RpcDirectory(Network& network) : network_(network) {}
    Network& network() { return network_; }
    /// Null where nobody listens.
    RpcServer* find(const std::string& address) const;

  private:
    friend class RpcServer;
    Network& network_;
    std::map<std::string, RpcServer*> servers_{};
};

/// The listening end: a member of one incarnation of a process, after its Life and before what it
/// serves.
class RpcServer {
  public:
    RpcServer(RpcDirectory& directory, std::string address, Host host, const Life& life);
    virtual ~RpcServer();
    RpcServer(const RpcServer&) = delete;
    RpcServer& operator=(const RpcServer&) = delete;

    std::shared_ptr<RpcConnection> accept(Host client, const Life& client_life);
    Host host() const { return host_; }

  protected:
    /// Before what it serves goes.
    void close();

  private:
    RpcDirectory& directory_;
    std::string address_;
    Host host_;
    const Life& life_;
    std::vector<std::shared_ptr<RpcConnection>> connections_{};
};

/// The dialling end, of one address: connects when there is something to say.
class RpcDialer {
  public:
    RpcDialer(RpcDirectory& directory, std::string address, Host host, const Life& life);
    ~RpcDialer();
    RpcDialer(const RpcDialer&) = delete;
    RpcDialer& operator=(const RpcDialer&) = delete;

    /// Null where nobody listens, or nobody is reached.
    std::shared_ptr<RpcConnection> connect();
    /// Of the last connect() that was none.
    std::chrono::microseconds refusal_after() const;
    RpcServer* server() const { return directory_.find(address_); }
    const Life& life() const { return life_; }

  private:
    void look();

    RpcDirectory& directory_;
    std::string address_;
    Host host_;
    const Life& life_;
    std::shared_ptr<RpcConnection> connection_{};
    unsigned parted_looks_ = 0;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace simulation
