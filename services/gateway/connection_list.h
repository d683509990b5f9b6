#pragma once

#include <adit/control/v1/gateway.grpc.pb.h>

#include <atomic>
#include <memory>

#include "gateway/gateway.h"
#include "rpc/mailbox.h"

namespace gateway {

/// What an operator may know of a connection.
adit::control::v1::Connection to_proto(const Connection& connection, const Departures& departures,
                                       const base::Clock& clock);

/// Lists every connection to one caller, in the order of ids, in messages of at most `at_once`:
/// each is made in a turn of the loop of its own, and when the one before it has been taken, so
/// that neither miners nor memory suffer from who lists. A connection that comes or goes meanwhile
/// may be in it.
class ConnectionList final
    : private grpc::ServerWriteReactor<adit::control::v1::ListConnectionsResponse>,
      public std::enable_shared_from_this<ConnectionList> {
  public:
    static constexpr std::size_t at_once = 1000;
    using Reactor = grpc::ServerWriteReactor<adit::control::v1::ListConnectionsResponse>;

    /// Called on gRPC's thread.
    static Reactor* accept(const rpc::Mailbox::Sender& to_loop, Gateway& gateway,
                           const base::Clock& clock);

  private:
    ConnectionList(const rpc::Mailbox::Sender& to_loop, Gateway& gateway, const base::Clock& clock)
        : to_loop_(to_loop), gateway_(gateway), clock_(clock) {}

    /// A turn of the loop that was posted; dropped unread, it ends the list.
    class Turn;

    void go_on();
    void write_next();
    void OnWriteDone(bool ok) override;
    void OnCancel() override { is_cancelled_ = true; }
    void OnDone() override { self_.reset(); }

    rpc::Mailbox::Sender to_loop_;
    Gateway& gateway_;
    const base::Clock& clock_;
    std::shared_ptr<ConnectionList> self_{};  // until gRPC is done with us
    std::atomic<bool> is_cancelled_{false};
    adit::control::v1::ListConnectionsResponse writing_{};
    ConnectionId next_{};
};

}  // namespace gateway
