#pragma once

#include <adit/templates/v1/templates.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/fleet.h"
#include "admin/view.h"
#include "base/clock.h"
#include "base/random.h"
#include "rpc/mailbox.h"
#include "rpc/template_client.h"

namespace admin {

/// Asks each template replica for its nodes, twice a second, and follows the templates that are
/// handed out: fills View::nodes and View::templates. Owned by Admin, one loop.
class NodeSource {
  public:
    static constexpr std::chrono::milliseconds interval{500};
    static constexpr std::chrono::milliseconds patience{450};
    static constexpr std::size_t templates_max = 100;

    NodeSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
               const FleetConfig& config, const Fleet& fleet, View& view);

    void start();
    void stop();

    /// When the template that is handed out came; nothing before the first.
    std::optional<base::SteadyTime> template_since() const { return template_since_; }
    bool has_replicas() const { return templates_.has_value(); }

  private:
    void tick();
    void ask(const std::string& service, const std::shared_ptr<grpc::Channel>& channel);
    void put(const std::string& service, const adit::templates::v1::ListNodesResponse& said);
    void on_template(const mining::BlockTemplate& block_template);

    const base::Clock& clock_;
    const Fleet& fleet_;
    View& view_;
    rpc::Mailbox mailbox_;
    boost::asio::steady_timer timer_;
    std::optional<rpc::TemplateClient> templates_{};
    std::vector<std::string> replicas_{};       // as it has been told
    std::deque<std::string> template_names_{};  // oldest first
    std::optional<base::SteadyTime> template_since_{};
    std::map<std::string, std::unique_ptr<adit::templates::v1::TemplateService::Stub>> stubs_{};
};

proto::Node node_row(const std::string& service, const adit::templates::v1::Node& said);

}  // namespace admin
