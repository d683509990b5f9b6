#include "simulation/parts/rpc_connection.h"

#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// As gRPC's keep-alive finds out that nobody is there any more.
constexpr auto look_interval = 5s;
constexpr unsigned parted_looks_max = 3;
// As long as a handshake is waited for that nobody answers.
constexpr auto connect_deadline = 2s;

}  // namespace

RpcConnection::RpcConnection(Network& network, Host client, const Life& client_life, Host server,
                             const Life& server_life)
    : network_(network),
      client_(client),
      server_(server),
      client_life_(&client_life),
      server_life_(&server_life),
      up_(std::make_unique<Link>(network, client, server, server_life, 100'000)),
      down_(std::make_unique<Link>(network, server, client, client_life, 100'000)) {}

void RpcConnection::to_server(World::Event event) {
    if (up_) up_->send(std::move(event));
}

void RpcConnection::to_client(World::Event event) {
    if (down_) down_->send(std::move(event));
}

std::uint64_t RpcConnection::add(Call call) {
    calls_.emplace(++last_call_, std::move(call));
    return last_call_;
}

void RpcConnection::close_by_client() {
    if (!std::exchange(is_open_, false)) return;
    up_.reset();
    down_.reset();
    for (auto& [id, call] : std::exchange(calls_, {}))
        if (call.on_server) server_life_->after(network_.delay(), std::move(call.on_server));
}

void RpcConnection::close_by_server() {
    if (!std::exchange(is_open_, false)) return;
    up_.reset();
    down_.reset();
    for (auto& [id, call] : std::exchange(calls_, {}))
        if (call.on_client) client_life_->after(network_.delay(), std::move(call.on_client));
}

void RpcConnection::time_out() {
    if (!std::exchange(is_open_, false)) return;
    up_.reset();
    down_.reset();
    for (auto& [id, call] : std::exchange(calls_, {})) {
        if (call.on_server) server_life_->after(0us, std::move(call.on_server));
        if (call.on_client) client_life_->after(0us, std::move(call.on_client));
    }
}

RpcServer* RpcDirectory::find(const std::string& address) const {
    const auto found = servers_.find(address);
    return found == servers_.end() ? nullptr : found->second;
}

RpcServer::RpcServer(RpcDirectory& directory, std::string address, Host host, const Life& life)
    : directory_(directory), address_(std::move(address)), host_(host), life_(life) {
    directory_.servers_[address_] = this;
}

RpcServer::~RpcServer() {
    close();
}

void RpcServer::close() {
    const auto listed = directory_.servers_.find(address_);
    if (listed != directory_.servers_.end() && listed->second == this)
        directory_.servers_.erase(listed);
    for (const auto& connection : std::exchange(connections_, {})) connection->close_by_server();
}

std::shared_ptr<RpcConnection> RpcServer::accept(Host client, const Life& client_life) {
    std::erase_if(connections_, [](const auto& connection) { return !connection->is_open(); });
    return connections_.emplace_back(
        std::make_shared<RpcConnection>(directory_.network(), client, client_life, host_, life_));
}

RpcDialer::RpcDialer(RpcDirectory& directory, std::string address, Host host, const Life& life)
    : directory_(directory), address_(std::move(address)), host_(host), life_(life) {
    look();
}

RpcDialer::~RpcDialer() {
    if (connection_) connection_->close_by_client();
}

std::shared_ptr<RpcConnection> RpcDialer::connect() {
    if (connection_ && connection_->is_open()) return connection_;
    connection_.reset();
    parted_looks_ = 0;
    auto* const listening = server();
    if (listening == nullptr || !directory_.network().reaches(host_, listening->host()))
        return nullptr;
    connection_ = listening->accept(host_, life_);
    return connection_;
}

std::chrono::microseconds RpcDialer::refusal_after() const {
    return server() == nullptr ? directory_.network().delay() : connect_deadline;
}

void RpcDialer::look() {
    life_.after(look_interval, [this, alive = std::weak_ptr{is_alive_}] {
        if (alive.expired()) return;
        const bool is_parted = connection_ && connection_->is_open() && connection_->is_parted();
        parted_looks_ = is_parted ? parted_looks_ + 1 : 0;
        if (parted_looks_ >= parted_looks_max) connection_->time_out();
        look();
    });
}

}  // namespace simulation
