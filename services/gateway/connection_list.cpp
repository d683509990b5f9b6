#include "gateway/connection_list.h"

#include <utility>

#include "control/printable.h"

namespace gateway {

namespace proto = adit::control::v1;

namespace {

constexpr std::size_t listed_keys = 100;

proto::Connection::State state_of(const Connection& connection, const Departures& departures) {
    const auto* session = connection.session();
    if (session == nullptr) return proto::Connection::STATE_HANDSHAKE;
    if (departures.contains(connection.id())) return proto::Connection::STATE_DRAINING;
    return session->channels() == 0 ? proto::Connection::STATE_SETUP
                                    : proto::Connection::STATE_MINING;
}

void describe(const Session& session, proto::Connection& to) {
    const auto device = session.device();
    to.set_vendor(control::to_utf8(device.vendor));
    to.set_hardware_version(control::to_utf8(device.hardware_version));
    to.set_firmware(control::to_utf8(device.firmware));
    to.set_device_id(control::to_utf8(device.device_id));
    to.set_channels(static_cast<std::uint32_t>(session.channels()));
    for (const auto key : session.channel_keys(listed_keys)) to.add_channel_keys(key.value);
    to.set_unacknowledged_shares(static_cast<std::uint32_t>(session.unanswered()));
    to.set_accepted_shares(session.tally().accepted);
    to.set_rejected_shares(session.tally().rejected);
    to.set_last_share_at_us(session.tally().last_share_at.time_since_epoch().count());
}

}  // namespace

proto::Connection to_proto(const Connection& connection, const Departures& departures,
                           const base::Clock& clock) {
    proto::Connection out;
    out.set_id(connection.id().value);
    const auto& peer = connection.peer();
    out.set_peer_address(service::to_string({base::to_string(peer.address), peer.port}));
    out.set_connected_at_us(connection.connected_at().time_since_epoch().count());
    out.set_state(state_of(connection, departures));
    if (const auto* session = connection.session()) describe(*session, out);
    out.set_unsent_bytes(connection.unsent());
    if (const auto since = connection.send_queue().waiting_since())
        out.set_unsent_us(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - *since)
                .count()));
    out.set_reading_paused(std::string{connection.reading_paused()});
    out.set_partition(connection.partition().value);
    return out;
}

class ConnectionList::Turn {
  public:
    explicit Turn(std::shared_ptr<ConnectionList> list) : list_(std::move(list)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (list_) list_->Finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
    }
    void run() { std::exchange(list_, nullptr)->write_next(); }

  private:
    std::shared_ptr<ConnectionList> list_;
};

ConnectionList::Reactor* ConnectionList::accept(const rpc::Mailbox::Sender& to_loop,
                                                Gateway& gateway, const base::Clock& clock) {
    auto list = std::shared_ptr<ConnectionList>(new ConnectionList{to_loop, gateway, clock});
    list->self_ = list;
    auto* const reactor = list.get();
    reactor->go_on();
    return reactor;
}

void ConnectionList::go_on() {
    to_loop_.post([turn = std::make_shared<Turn>(shared_from_this())] { turn->run(); });
}

void ConnectionList::write_next() {
    if (is_cancelled_) return this->Finish(grpc::Status::CANCELLED);
    writing_.Clear();
    const auto& front = gateway_.front();
    for (std::size_t i = 0; i < at_once; ++i) {
        const auto* connection = front.at_or_after(next_);
        if (connection == nullptr) break;
        *writing_.add_connections() = to_proto(*connection, gateway_.departures(), clock_);
        next_ = {connection->id().value + 1};
    }
    if (writing_.connections_size() == 0) return this->Finish(grpc::Status::OK);
    this->StartWrite(&writing_);
}

void ConnectionList::OnWriteDone(bool ok) {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    go_on();
}

}  // namespace gateway
