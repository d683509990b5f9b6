#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "simulation/life.h"
#include "simulation/network.h"

namespace simulation {

/// One end of a connection as TCP gives it: a stream of bytes in order, with a window, so that who
/// does not read stops who writes. Destroyed with its process, as a kernel closes the sockets of
/// who was killed.
class TcpEnd {
  public:
    struct Shared;
    TcpEnd(std::shared_ptr<Shared> shared, std::size_t side);
    ~TcpEnd();
    TcpEnd(const TcpEnd&) = delete;
    TcpEnd& operator=(const TcpEnd&) = delete;

    /// Called when there is something to read, room to write, or the end. An event of the process.
    void on_event(std::function<void()> handler);
    /// How many of these bytes it took.
    std::size_t write(base::ByteView bytes);
    /// How many bytes it gave.
    std::size_t read(std::span<std::byte> into);
    std::size_t readable() const;
    /// Who is at the other end.
    Host peer() const;
    /// The other end is gone, and all that it had sent has been read.
    bool is_at_end() const;
    /// The other end is gone, or was reset.
    bool is_broken() const;

  private:
    std::shared_ptr<Shared> shared_;
    std::size_t side_;
};

/// Who listens where.
class Tcp {
  public:
    /// `window` bytes may be on their way to somebody who does not read.
    Tcp(Network& network, std::size_t window) : network_(network), window_(window) {}

    using OnAccept = std::function<void(std::unique_ptr<TcpEnd>)>;
    /// Listens as long as it lives.
    class Listener {
      public:
        Listener(Tcp& tcp, Host host, const Life& life, OnAccept on_accept);
        ~Listener();
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

      private:
        Tcp& tcp_;
        Host host_;
    };

    /// `done` gets null when nobody listens there, or is not reached within three seconds.
    void dial(Host from, const Life& life, Host to,
              std::function<void(std::unique_ptr<TcpEnd>)> done);

  private:
    struct Listening {
        const Life* life{};
        OnAccept on_accept{};
    };
    Network& network_;
    std::size_t window_;
    std::map<Host, Listening> listening_{};
};

}  // namespace simulation
