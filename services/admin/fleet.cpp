#include "admin/fleet.h"

#include <algorithm>
#include <set>
#include <utility>

#include "admin/connection_stream.h"
#include "admin/gateway_rows.h"
#include "admin/moments.h"
#include "rpc/ask.h"
#include "rpc/channel.h"

namespace admin {

namespace control = adit::control::v1;
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds connections_fresh_for{2};
// Firmware does not change under a connection, and channels seldom move.
constexpr std::chrono::seconds connections_known_for{15};
// An operator waits for this list; a gateway with 100,000 connections needs some of it.
constexpr std::chrono::milliseconds connections_patience{3'000};
// One that has left its name and says nothing any more was stopped or replaced. Frozen ones leave
// their names, too: an operator is to see them for a while.
constexpr std::chrono::seconds gone_shown_for{60};
constexpr std::chrono::minutes silent_shown_for{10};

Unanswered how_of(const grpc::Status& status) {
    switch (status.error_code()) {
        case grpc::StatusCode::DEADLINE_EXCEEDED: return Unanswered::in_time;
        case grpc::StatusCode::UNAVAILABLE: return Unanswered::at_all;
        default: return Unanswered::other;
    }
}

std::string words_of(const grpc::Status& status) {
    switch (status.error_code()) {
        case grpc::StatusCode::DEADLINE_EXCEEDED: return "it is there and says nothing";
        case grpc::StatusCode::UNAVAILABLE: return "nobody is there: " + status.error_message();
        case grpc::StatusCode::UNIMPLEMENTED:
            return "it does not know adit.control.v1: another program, or an older one";
        default: return status.error_message();
    }
}

// What is asked of each kind beside its state: what an operator reads, and what problems are made
// of.
std::vector<std::string> metrics_of(const std::string& kind) {
    if (kind == "gateway")
        return {"adit_gateway_connections",        "adit_gateway_channels",
                "adit_gateway_shares_total",       "adit_gateway_shares_unacknowledged",
                "adit_gateway_bus_workers",        "adit_gateway_bus_credits",
                "adit_gateway_connections_paused", "adit_redis_connected"};
    if (kind == "channel-manager")
        return {
            "adit_channel_manager_gateways",          "adit_channel_manager_held_batches",
            "adit_channel_manager_held_scans",        "adit_channel_manager_commit_failures_total",
            "adit_channel_manager_ledger_gaps_total", "adit_channel_manager_share_log_alarms",
            "adit_channel_manager_payout_fits",       "adit_redis_connected"};
    if (kind == "template")
        return {"adit_template_leader", "adit_template_leader_epoch", "adit_template_peers_in_sync",
                "adit_template_spool_depth", "adit_redis_connected"};
    if (kind == "vardiff")
        return {"adit_vardiff_channels",
                "adit_vardiff_subscribers",
                "adit_vardiff_log_missed_bytes",
                "adit_vardiff_log_missed_bytes_total",
                "adit_vardiff_sums_missed_bytes_total",
                "adit_vardiff_sums_stuck",
                "adit_redis_connected"};
    if (kind == "translator")
        return {"adit_translator_connections", "adit_translator_pool_in_use",
                "adit_translator_pool_channels", "adit_translator_shares_total"};
    return {};
}

}  // namespace

/// A name of the configuration, and who is behind it.
struct Fleet::Group {
    std::string kind{};
    service::Endpoint name{};
    base::UnixMicros since{};
    std::unique_ptr<service::NameWatch> watch{};
};

struct Fleet::Process {
    ProcessState state;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<control::ControlService::Stub> stub;
    std::unique_ptr<control::GatewayControlService::Stub> gateway_stub;
    bool is_listed = true;  // its name stands for it now
    std::string row_name{};
    std::optional<control::GetGatewayResponse> gateway{};
    // When its connections were asked for.
    base::SteadyTime connections_at = base::SteadyTime::min();
    // Answers outlive who was asked.
    std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);
};

Fleet::Fleet(asio::io_context& loop, const base::Clock& clock, const FleetConfig& config,
             View& view)
    : clock_(clock), view_(view), mailbox_(loop), timer_(loop) {
    const std::pair<const char*, const std::vector<service::Endpoint>*> kinds[] = {
        {"gateway", &config.gateways},
        {"channel-manager", &config.channel_managers},
        {"template", &config.templates},
        {"vardiff", &config.vardiffs},
        {"translator", &config.translators}};
    for (const auto& [kind, names] : kinds) {
        for (const auto& name : *names) {
            auto& group = *groups_.emplace_back(std::make_unique<Group>());
            group.kind = kind;
            group.name = name;
            group.watch = std::make_unique<service::NameWatch>(
                loop, std::vector{name},
                [this, &group](const auto& addresses) { on_addresses(group, addresses); });
        }
    }
}

Fleet::~Fleet() = default;

void Fleet::start() {
    for (const auto& group : groups_) {
        group->since = clock_.unix_now();
        group->watch->start();
    }
    tick();
}

void Fleet::stop() {
    timer_.cancel();
    mailbox_.close();
}

void Fleet::on_addresses(Group& group, const service::NameWatch::Addresses& addresses) {
    for (const auto& endpoint : addresses) {
        const auto address = service::to_string(endpoint);
        if (auto* const known = find(group.kind, address)) {
            known->is_listed = true;
            continue;
        }
        auto& channel = channels_[address];
        if (!channel) channel = rpc::dial(address);
        processes_.push_back(std::make_unique<Process>(
            Process{.state = {group.kind, address, now()},
                    .channel = channel,
                    .stub = control::ControlService::NewStub(channel),
                    .gateway_stub = control::GatewayControlService::NewStub(channel)}));
    }
    for (const auto& process : processes_) {
        process->is_listed = std::ranges::any_of(groups_, [&](const auto& any) {
            return any->kind == process->state.kind() &&
                   std::ranges::any_of(any->watch->addresses(), [&](const auto& endpoint) {
                       return service::to_string(endpoint) == process->state.address();
                   });
        });
    }
}

Fleet::Process* Fleet::find(std::string_view kind, std::string_view address) {
    const auto found = std::ranges::find_if(processes_, [&](const auto& process) {
        return process->state.kind() == kind && process->state.address() == address;
    });
    return found == processes_.end() ? nullptr : found->get();
}

void Fleet::tick() {
    forget_gone();
    for (const auto& process : processes_) ask(*process);
    refresh_connections();
    timer_.expires_after(interval);
    timer_.async_wait([this](const auto& error) {
        if (!error) tick();
    });
}

void Fleet::ask(Process& process) {
    const auto to_loop = mailbox_.sender();
    const std::weak_ptr alive{process.is_alive};
    rpc::ask<control::GetStatusRequest, control::GetStatusResponse>(
        to_loop, patience, {},
        [&](auto* context, auto* request, auto* response, auto done) {
            process.stub->async()->GetStatus(context, request, response, std::move(done));
        },
        [this, alive, &process](const grpc::Status& status, control::GetStatusResponse& answer) {
            if (alive.expired()) return;
            if (status.ok())
                process.state.on_status(std::move(answer), now());
            else
                process.state.on_no_status(how_of(status), words_of(status));
            publish(process);
        });
    control::GetDetailsRequest wanted;
    for (auto& metric : metrics_of(process.state.kind())) *wanted.add_metrics() = std::move(metric);
    rpc::ask<control::GetDetailsRequest, control::GetDetailsResponse>(
        to_loop, patience, std::move(wanted),
        [&](auto* context, auto* request, auto* response, auto done) {
            process.stub->async()->GetDetails(context, request, response, std::move(done));
        },
        [this, alive, &process](const grpc::Status& status, control::GetDetailsResponse& answer) {
            if (alive.expired()) return;
            if (status.ok())
                process.state.on_details(std::move(answer), now());
            else
                process.state.on_no_details(how_of(status));
            publish(process);
        });
    if (process.state.kind() == "gateway") ask_gateway(process);
}

void Fleet::ask_gateway(Process& process) {
    rpc::ask<control::GetGatewayRequest, control::GetGatewayResponse>(
        mailbox_.sender(), patience, {},
        [&](auto* context, auto* request, auto* response, auto done) {
            process.gateway_stub->async()->GetGateway(context, request, response, std::move(done));
        },
        [this, alive = std::weak_ptr{process.is_alive}, &process](
            const grpc::Status& status, control::GetGatewayResponse& answer) {
            if (alive.expired() || !status.ok()) return;
            process.gateway = std::move(answer);
            publish(process);
        });
}

std::string Fleet::free_name(const Process& process) const {
    auto name = "services/" + process.state.name();
    const bool is_taken = std::ranges::any_of(processes_, [&](const auto& other) {
        return other.get() != &process && other->row_name == name;
    });
    // Two of the same `[service] name`: each is to be seen all the same.
    return is_taken ? name + "@" + name_part(process.state.address()) : name;
}

void Fleet::publish(Process& process) {
    const auto name = free_name(process);
    if (process.row_name != name) {
        withdraw(process);
        process.row_name = name;
    }
    auto row = process.state.row();
    row.set_name(name);
    view_.services.upsert(std::move(row));
    if (process.state.kind() == "gateway") publish_gateway(process);
    on_change_();
}

void Fleet::publish_gateway(const Process& process) {
    if (process.gateway)
        view_.gateways.upsert(gateway_row(process.row_name, process.state, *process.gateway));
    std::uint32_t connections = 0;
    view_.gateways.for_each([&](const auto& gateway) {
        if (gateway.state() != proto::Gateway::STATE_NOT_ANSWERING)
            connections += gateway.connections();
    });
    view_.pool.set_connections(connections);
}

void Fleet::withdraw(Process& process) {
    if (process.row_name.empty()) return;
    view_.services.erase(process.row_name);
    const auto gateway = gateway_name(process.row_name);
    view_.gateways.erase(gateway);
    view_.connections.erase_unless(
        [&](const auto& row) { return !row.name().starts_with(gateway + "/"); });
    process.row_name.clear();
}

void Fleet::forget_gone() {
    const auto is_over = [this](const Process& process) {
        const auto& state = process.state;
        if (process.is_listed || state.is_answering()) return false;
        const bool is_away = state.is_leaving() || state.unanswered() == Unanswered::at_all;
        const auto kept = is_away ? std::chrono::milliseconds{gone_shown_for}
                                  : std::chrono::milliseconds{silent_shown_for};
        return clock_.steady_now() - state.silent_since().steady > kept;
    };
    for (const auto& process : processes_)
        if (is_over(*process)) withdraw(*process);
    std::erase_if(processes_, [&](const auto& process) { return is_over(*process); });
}

void Fleet::want_connections(std::function<void()> done) {
    if (connections_awaited_ == 0 && connections_at_ != base::SteadyTime::min() &&
        clock_.steady_now() - connections_at_ < connections_fresh_for)
        return done();
    connections_wanted_.push_back(std::move(done));
    if (connections_awaited_ > 0) return;
    connections_awaited_ = 1;  // ourselves, until all are asked
    for (const auto& process : processes_)
        if (process->state.kind() == "gateway") ask_connections(*process);
    on_connections_done();
}

/// For what the rows of channels and workers say of their connections, where no operator asks: one
/// gateway at a time, so that the loop is held by the connections of one at most.
void Fleet::refresh_connections() {
    if (is_refreshing_) return;
    Process* oldest = nullptr;
    for (const auto& process : processes_) {
        if (process->state.kind() != "gateway" || !process->state.is_answering() ||
            process->connections_at + connections_known_for > clock_.steady_now())
            continue;
        if (oldest == nullptr || process->connections_at < oldest->connections_at)
            oldest = process.get();
    }
    if (oldest == nullptr) return;
    is_refreshing_ = true;
    read_connections(*oldest, [this] { is_refreshing_ = false; });
}

void Fleet::ask_connections(Process& process) {
    ++connections_awaited_;
    read_connections(process, [this] { on_connections_done(); });
}

void Fleet::read_connections(Process& process, std::function<void()> done) {
    process.connections_at = clock_.steady_now();
    ConnectionStream::ask(*process.gateway_stub, mailbox_.sender(), connections_patience,
                          [this, alive = std::weak_ptr{process.is_alive}, &process,
                           done = std::move(done)](bool is_whole, const auto& connections) {
                              if (!alive.expired() && is_whole)
                                  put_connections(process, connections);
                              done();
                          });
}

void Fleet::on_connections_done() {
    if (--connections_awaited_ > 0) return;
    connections_at_ = clock_.steady_now();
    for (const auto& done : std::exchange(connections_wanted_, {})) done();
}

void Fleet::put_connections(const Process& process,
                            const std::vector<control::Connection>& connections) {
    const auto gateway = gateway_name(process.row_name);
    std::set<std::string, std::less<>> names;
    for (const auto& connection : connections) {
        auto row = connection_row(gateway, connection);
        names.insert(row.name());
        view_.connections.upsert(std::move(row));
    }
    view_.connections.erase_unless([&](const auto& row) {
        return !row.name().starts_with(gateway + "/") || names.contains(row.name());
    });
}

std::shared_ptr<grpc::Channel> Fleet::channel_of(std::string_view name) const {
    for (const auto& process : processes_)
        if (process->row_name == name || gateway_name(process->row_name) == name)
            return process->channel;
    return nullptr;
}

std::vector<Fleet::Member> Fleet::members() const {
    std::vector<Member> members;
    for (const auto& process : processes_)
        members.push_back({.row = view_.services.find(process->row_name),
                           .state = &process->state,
                           .gateway = process->gateway ? &*process->gateway : nullptr});
    return members;
}

std::vector<Fleet::Unresolved> Fleet::unresolved() const {
    std::vector<Unresolved> found;
    for (const auto& group : groups_)
        if (group->watch->addresses().empty())
            found.push_back({group->kind, service::to_string(group->name), group->since});
    return found;
}

}  // namespace admin
