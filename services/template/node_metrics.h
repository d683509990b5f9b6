#pragma once

#include <string>
#include <string_view>

#include "service/metrics.h"

namespace templates {

/// What Prometheus is told of one node: each series is labelled with its name.
struct NodeMetrics {
    service::Gauge& up;
    service::Gauge& height;
    service::Gauge& lag;
    service::Gauge& peers;
    service::Gauge& usable;
    service::Gauge& poor;
    service::Gauge& leads;
    service::Counter& switches;
    service::Counter& templates;
};

inline NodeMetrics make_node_metrics(service::Registry& registry, std::string_view name) {
    const auto gauge = [&](std::string_view metric, std::string_view help) -> service::Gauge& {
        return registry.gauges(metric, help, {"node"}).with({std::string{name}});
    };
    const auto counter = [&](std::string_view metric, std::string_view help) -> service::Counter& {
        return registry.counters(metric, help, {"node"}).with({std::string{name}});
    };
    return {
        .up = gauge("adit_template_node_up", "1 while the node answers"),
        .height = gauge("adit_template_node_height", "Height of the node's newest block"),
        .lag = gauge("adit_template_node_lag_blocks", "Blocks behind the best node"),
        .peers = gauge("adit_template_node_peers", "Peers of the node, where it tells"),
        .usable = gauge("adit_template_node_usable",
                        "1 while the node's templates would be taken, 0 while it is refused"),
        .poor = gauge("adit_template_node_poor",
                      "1 while the node is usable, but only where there is no better one"),
        .leads = gauge("adit_template_node_leads", "1 for the node whose templates are used"),
        .switches = counter("adit_template_node_switches_total",
                            "Times the node took over from another one"),
        .templates = counter("adit_template_node_templates_total",
                             "Templates of the node that were given on"),
    };
}

}  // namespace templates
