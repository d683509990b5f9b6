#include "template/template_distribution.h"

#include "base/log.h"
#include "edge/identity.h"
#include "template/block_builder.h"

namespace templates {
namespace {

edge::CertificateMetrics certificate_metrics(service::Registry& registry) {
    return {
        .reloads = registry.counters(
            "adit_template_certificate_reloads_total",
            "Changes of the certificate's files: ok when taken, refused when not in order.",
            {"result"}),
        .expiry_timestamp_seconds =
            registry.gauge("adit_template_certificate_expiry_timestamp_seconds",
                           "Unix time at which the certificate in use ends."),
        .files_are_good =
            registry.gauge("adit_template_certificate_files_good",
                           "1 when a restart would find the key and certificate in order, else 0."),
    };
}

}  // namespace

TemplateDistribution::TemplateDistribution(const TemplateDistributionConfig& config,
                                           const base::Clock& clock, base::Random& random,
                                           service::Chassis& chassis, const TemplateStore& store,
                                           Spool& spool)
    : clock_(clock),
      store_(store),
      spool_(spool),
      certificate_(config.certificate, clock, edge::load_identity(config.certificate, clock),
                   chassis.loop().context(), certificate_metrics(chassis.metrics()),
                   chassis.health()),
      server_({.loop = chassis.loop().context(),
               .clock = clock,
               .random = random,
               .identity = certificate_.identity(),
               .store = store,
               .metrics = TdpServerMetrics{chassis.metrics()},
               .on_solution = [this](const auto& solution) { return take(solution); }},
              config.server) {
    chassis.metrics().on_collect([this] { server_.publish_unsent(); });
}

void TemplateDistribution::start() {
    certificate_.start();
    server_.open();
    base::log_info("template distribution",
                   {{"port", server_.port()},
                    {"authority", noise::authority_key_text(certificate_.identity().authority)}});
}

std::string_view TemplateDistribution::take(const TdpSession::Solution& solution) {
    const auto* const held = store_.find(solution.ref);
    if (held == nullptr) return "unknown-template";
    auto built = build_block(to_candidate(*held), solution.header, solution.coinbase);
    if (!built) {
        base::log_warning("a solution over template distribution is no block",
                          {{"template", solution.ref.value}, {"reason", built.error()}});
        return "no-block";
    }
    spool_.take({.hash = built->hash,
                 .height = held->block_template.tip.height,
                 .template_ref = solution.ref,
                 .channel = {},  // none of ours found it
                 .found_at = clock_.unix_now(),
                 .value_sat = built->value_sat,
                 .bytes = std::move(built->bytes)},
                held->origin, [](const auto&) {});  // the spool says what is wrong
    return "taken";
}

}  // namespace templates
