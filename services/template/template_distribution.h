#pragma once

#include <optional>
#include <string_view>

#include "edge/certificate_files.h"
#include "edge/certificate_watch.h"
#include "service/chassis.h"
#include "service/config.h"
#include "template/spool.h"
#include "template/tdp_server.h"

namespace templates {

struct TemplateDistributionConfig {
    TdpServer::Settings server{};
    edge::CertificateFiles certificate{};
};

/// `[template_distribution]`; nothing where there is no such table.
std::optional<TemplateDistributionConfig> read_template_distribution(service::TableReader& root);

/// The template distribution server with what it takes: our identity to its clients, and the way of
/// their solutions to the spool. Owned by main, called by the loop.
class TemplateDistribution {
  public:
    /// Reads the certificate and binds. `store` and `spool` outlive it.
    /// Errors: throws what is wrong with either, with the cure.
    TemplateDistribution(const TemplateDistributionConfig& config, const base::Clock& clock,
                         base::Random& random, service::Chassis& chassis,
                         const TemplateStore& store, Spool& spool);

    void start();
    /// The store has another template, or more transactions.
    void on_change() { server_.on_change(); }
    /// The service stops.
    void close() { server_.close(); }

  private:
    std::string_view take(const TdpSession::Solution& solution);

    const base::Clock& clock_;
    const TemplateStore& store_;
    Spool& spool_;
    edge::CertificateWatch certificate_;
    TdpServer server_;
};

}  // namespace templates
