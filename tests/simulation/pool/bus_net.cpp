#include "simulation/pool/bus_net.h"

#include <algorithm>
#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// As bus/socket_options.cpp sets them.
constexpr std::size_t mark = 1'000;
constexpr auto heartbeat_interval = 1s;
constexpr auto heartbeat_timeout = 3s;
constexpr std::uint64_t redial_ms_min = 100;
constexpr std::uint64_t redial_ms_max = 400;

}  // namespace

BusNet::BusNet(Network& network) : network_(network), chance_(network.world().fork("bus")) {
    look_at_heartbeats();
}

void BusNet::look_at_heartbeats() {
    const auto now = network_.world().now();
    std::vector<std::string> silent;
    for (auto& [id, pipe] : pipes_) {
        const bool passes = network_.reaches(pipe.gateway, pipe.worker) &&
                            !bound_.at(pipe.gateway).life->is_frozen() &&
                            !pipe.worker_end->life_.is_frozen();
        if (passes) pipe.last_passed = now;
        if (now - pipe.last_passed > heartbeat_timeout) silent.push_back(id);
    }
    for (const auto& id : silent) break_pipe(id);
    network_.world().after(heartbeat_interval, [this] { look_at_heartbeats(); });
}

void BusNet::connect(WorkerEnd& end) {
    const auto gateway = bound_.find(end.gateway_);
    if (gateway == bound_.end() || !network_.reaches(end.worker_, end.gateway_) ||
        gateway->second.life->is_frozen())
        return end.dial();
    end.id_ = "w" + std::to_string(++last_id_);
    pipes_[end.id_] = {
        .gateway = end.gateway_,
        .worker = end.worker_,
        .worker_end = &end,
        .to_gateway = std::make_unique<Link>(network_, end.worker_, end.gateway_,
                                             *gateway->second.life, mark),
        .to_worker = std::make_unique<Link>(network_, end.gateway_, end.worker_, end.life_, mark),
        .last_passed = network_.world().now()};
}

void BusNet::break_pipe(const std::string& id) {
    auto pipe = std::move(pipes_.at(id));
    pipes_.erase(id);
    pipe.worker_end->id_.clear();
    pipe.worker_end->dial();
}

void BusNet::break_pipes_of(Host host) {
    std::vector<std::string> ids;
    for (const auto& [id, pipe] : pipes_)
        if (pipe.gateway == host || pipe.worker == host) ids.push_back(id);
    for (const auto& id : ids) break_pipe(id);
}

BusNet::GatewayEnd::GatewayEnd(BusNet& net, Host host, const Life& life, OnFrame on_frame)
    : net_(net), host_(host) {
    net_.bound_[host] = {&life, std::move(on_frame)};
}

BusNet::GatewayEnd::~GatewayEnd() {
    net_.break_pipes_of(host_);
    net_.bound_.erase(host_);
}

bool BusNet::GatewayEnd::send(const std::string& worker, const std::string& frame) {
    const auto found = net_.pipes_.find(worker);
    if (found == net_.pipes_.end() || found->second.gateway != host_) return false;
    return found->second.to_worker->send(
        [end = found->second.worker_end, frame] { end->on_frame_(frame); });
}

std::size_t BusNet::GatewayEnd::fullest() const {
    std::size_t most = 0;
    for (const auto& [id, pipe] : net_.pipes_)
        if (pipe.gateway == host_) most = std::max(most, pipe.to_worker->waiting());
    return most;
}

BusNet::WorkerEnd::WorkerEnd(BusNet& net, Host worker, const Life& life, Host gateway,
                             OnFrame on_frame)
    : net_(net), worker_(worker), life_(life), gateway_(gateway), on_frame_(std::move(on_frame)) {
    dial();
}

BusNet::WorkerEnd::~WorkerEnd() {
    net_.pipes_.erase(id_);
}

void BusNet::WorkerEnd::dial() {
    life_.after(std::chrono::milliseconds{net_.chance_.between(redial_ms_min, redial_ms_max)},
                [this] { net_.connect(*this); });
}

bool BusNet::WorkerEnd::send(const std::string& frame) {
    const auto found = net_.pipes_.find(id_);
    if (found == net_.pipes_.end()) return false;
    return found->second.to_gateway->send([&net = net_, gateway = gateway_, id = id_, frame] {
        net.bound_.at(gateway).on_frame(id, frame);
    });
}

bool BusNet::WorkerEnd::is_connected() const {
    return !id_.empty();
}

std::size_t BusNet::WorkerEnd::waiting() const {
    const auto found = net_.pipes_.find(id_);
    return found == net_.pipes_.end() ? 0 : found->second.to_gateway->waiting();
}

}  // namespace simulation
