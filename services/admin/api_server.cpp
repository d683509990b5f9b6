#include "admin/api_server.h"

#include "admin/api_tls.h"
#include "base/log.h"

namespace admin {
namespace {

constexpr std::chrono::seconds ping_interval{20};
constexpr std::chrono::milliseconds leave_max{2'000};

}  // namespace

ApiServer::ApiServer(const ApiConfig& config, boost::asio::io_context& loop,
                     const base::Clock& clock, base::Random& random, service::Registry& metrics,
                     Sources sources)
    : config_(config),
      access_(config.tls.has_value(), config.roles),
      mailbox_(loop),
      gate_(access_, mailbox_.sender(), calls_),
      hub_(loop, clock, random),
      watches_(gate_, hub_),
      sources_(std::move(sources)),
      book_(sources_.redis, sources_.durability, random),
      mutations_(book_),
      audit_(sources_.redis),
      parts_{.gate = gate_,
             .watches = watches_,
             .mutations = mutations_,
             .view = sources_.view,
             .processes = sources_.processes,
             .histories = sources_.histories,
             .audit = audit_,
             .redis = sources_.redis,
             .clock = clock},
      pool_(parts_),
      fleet_(parts_),
      gateways_(parts_),
      channels_(parts_),
      workers_(parts_),
      blocks_(parts_),
      policies_(parts_),
      services_{&pool_, &fleet_, &gateways_, &channels_, &workers_, &blocks_, &policies_} {
    auto& watchers = metrics.gauge("adit_admin_watchers", "Streams of the API that are open.");
    auto& feeds = metrics.gauge("adit_admin_watch_feeds",
                                "Collections by filter that are watched, or were just now.");
    metrics.on_collect([this, &watchers, &feeds] {
        watchers.set(static_cast<double>(hub_.watchers()));
        feeds.set(static_cast<double>(hub_.feeds()));
    });
}

ApiServer::~ApiServer() {
    // Whatever is still open would hold up gRPC's end: what no handler has seen is refused when the
    // mailbox drops it, the rest here.
    mailbox_.close();
    hub_.close();
    calls_.refuse_all({Reason::stopping, "the admin service stops; ask again"});
    if (closer_.joinable()) closer_.join();
}

void ApiServer::start() {
    service::GrpcServerOptions options{.ping_interval = ping_interval};
    if (config_.tls) options.credentials = make_credentials(*config_.tls);
    server_.emplace(config_.listen, "api.listen", services_, options);
    server_->set_ready(true);
    base::log_info("operators' API listens",
                   {{"address", service::to_string({config_.listen.host, server_->port()})},
                    {"tls", config_.tls.has_value()}});
}

void ApiServer::leave() {
    if (!server_ || closer_.joinable()) return;
    hub_.close();
    closer_ = std::thread{[this] { server_->stop(leave_max); }};
}

}  // namespace admin
