#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "bitcoin/network.h"
#include "service/config.h"
#include "service/metrics.h"
#include "template/nodes.h"

namespace templates {

/// What any source is made of, besides its settings. All of it outlives the source.
struct SourceParts {
    boost::asio::io_context& loop;
    const base::Clock& clock;
    base::Random& random;
    service::Registry& metrics;
};

using MakeSource = std::function<std::unique_ptr<Source>(const SourceParts&)>;

/// What the reader of a kind gives.
struct ReadSource {
    /// Where the node is, for operators; without secrets.
    std::string address{};
    MakeSource make{};
};

/// A node as configured, `[[nodes]]`.
struct NodeConfig {
    std::string name{};  ///< unique; a label of metrics
    std::string kind{};
    std::string address{};
    MakeSource make{};
};

/// More would be no redundancy but a mistake; each is a label of metrics.
inline constexpr std::size_t nodes_max = 16;

/// Reads all `[[nodes]]`. Problems are the reader's to tell, see service::TableReader.
std::vector<NodeConfig> read_nodes(service::TableReader& root, bitcoin::Network network);

/// Their sources, not started yet.
std::vector<Nodes::Node> make_nodes(const std::vector<NodeConfig>& configs,
                                    const SourceParts& parts);

// One for each kind, in config_<kind>.cpp: reads that kind's keys. The kinds are listed in
// node_factory.cpp.
ReadSource read_bitcoind(service::TableReader& table, bitcoin::Network network);
ReadSource read_devchain(service::TableReader& table, bitcoin::Network network);
ReadSource read_ipc(service::TableReader& table, bitcoin::Network network);
ReadSource read_sv2_tp(service::TableReader& table, bitcoin::Network network);

}  // namespace templates
