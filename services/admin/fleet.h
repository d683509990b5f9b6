#pragma once

#include <adit/control/v1/control.grpc.pb.h>
#include <adit/control/v1/gateway.grpc.pb.h>
#include <grpcpp/channel.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/config.h"
#include "admin/process_state.h"
#include "admin/view.h"
#include "base/clock.h"
#include "rpc/mailbox.h"
#include "service/name_watch.h"

namespace admin {

/// Asks every process of the pool how it is, once a second, and fills View::services, gateways and
/// (when somebody wants them) connections. A process that does not answer costs nobody else a
/// moment. Owned by Admin, one loop.
class Fleet {
  public:
    /// Between two questions to a process, and how long it has for the answer.
    static constexpr std::chrono::milliseconds interval{1'000};
    static constexpr std::chrono::milliseconds patience{800};

    /// A process for those who judge it.
    struct Member {
        /// As in the view; null before it is there.
        const proto::Service* row = nullptr;
        const ProcessState* state = nullptr;
        /// Where its certificate stands, of a gateway that has said so.
        const adit::control::v1::GetGatewayResponse* gateway = nullptr;
    };
    /// A name of the configuration that stands for no address.
    struct Unresolved {
        std::string kind{};
        std::string name{};
        base::UnixMicros since{};
    };

    Fleet(boost::asio::io_context& loop, const base::Clock& clock, const FleetConfig& config,
          View& view);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    void start();
    void stop();
    /// Called whenever something has been learnt of a process.
    void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }

    /// Has View::connections filled with what is there now, or was within two seconds, and then
    /// calls `done`, once: at once, or when the gateways have answered or had their time.
    void want_connections(std::function<void()> done);

    /// For a call to a process: "services/gateway-1", "gateways/gateway-1". Null where there is
    /// none.
    std::shared_ptr<grpc::Channel> channel_of(std::string_view name) const;

    std::vector<Member> members() const;
    std::vector<Unresolved> unresolved() const;

  private:
    struct Process;
    struct Group;

    void on_addresses(Group& group, const service::NameWatch::Addresses& addresses);
    void tick();
    void ask(Process& process);
    void ask_gateway(Process& process);
    void ask_connections(Process& process);
    void refresh_connections();
    void read_connections(Process& process, std::function<void()> done);
    void publish(Process& process);
    void publish_gateway(const Process& process);
    void put_connections(const Process& process,
                         const std::vector<adit::control::v1::Connection>& connections);
    void on_connections_done();
    void forget_gone();
    void withdraw(Process& process);
    std::string free_name(const Process& process) const;
    Process* find(std::string_view kind, std::string_view address);
    Moment now() const { return {clock_.steady_now(), clock_.unix_now()}; }

    const base::Clock& clock_;
    View& view_;
    rpc::Mailbox mailbox_;
    boost::asio::steady_timer timer_;
    std::function<void()> on_change_ = [] {};
    std::vector<std::unique_ptr<Group>> groups_{};
    std::vector<std::unique_ptr<Process>> processes_{};
    // Of each address that ever was: channels stay for as long as the process (rpc::dial).
    std::map<std::string, std::shared_ptr<grpc::Channel>, std::less<>> channels_{};
    base::SteadyTime connections_at_ = base::SteadyTime::min();
    std::size_t connections_awaited_ = 0;
    bool is_refreshing_ = false;
    std::vector<std::function<void()>> connections_wanted_{};
};

}  // namespace admin
