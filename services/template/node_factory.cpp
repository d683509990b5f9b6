#include "template/node_factory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace templates {
namespace {

struct Kind {
    std::string_view name{};
    ReadSource (*read)(service::TableReader&, bitcoin::Network){};
};

constexpr std::array kinds{
    Kind{"bitcoind", read_bitcoind},
    Kind{"devchain", read_devchain},
    Kind{"ipc", read_ipc},
    Kind{"sv2-tp", read_sv2_tp},
};

constexpr std::size_t name_size_max = 32;

bool is_name(std::string_view text) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= name_size_max &&
           std::all_of(text.begin(), text.end(), is_good);
}

std::string read_name(service::TableReader& table) {
    auto name = table.required_string("name");
    if (table.has("name") && !is_name(name))
        table.problem("name", fmt::format("\"{}\" is no name for a node; expected 1 to {} letters, "
                                          "digits, '-', '_' or '.'",
                                          name, name_size_max));
    return name;
}

NodeConfig read_node(service::TableReader& table, bitcoin::Network network) {
    NodeConfig node{.name = read_name(table), .kind = table.required_string("kind")};
    if (!table.has("kind")) return node;
    const auto* const kind = std::find_if(
        kinds.begin(), kinds.end(), [&](const Kind& known) { return known.name == node.kind; });
    if (kind == kinds.end()) {
        std::vector<std::string_view> names;
        for (const auto& known : kinds) names.push_back(known.name);
        table.problem("kind",
                      fmt::format("\"{}\" is not one of: {}", node.kind, fmt::join(names, ", ")));
        return node;
    }
    auto source = kind->read(table, network);
    node.address = std::move(source.address);
    node.make = std::move(source.make);
    return node;
}

// Two tables for one node would count as two that agree.
void check_twins(service::TableReader& table, const NodeConfig& node, const NodeConfig& other) {
    if (!node.name.empty() && node.name == other.name)
        table.problem("name", fmt::format("\"{}\" is the name of another node, too; names must "
                                          "differ",
                                          node.name));
    if (!node.address.empty() && node.address == other.address)
        table.problem("name", fmt::format("\"{}\" is the same node as \"{}\": {}; take one of "
                                          "them away",
                                          node.name, other.name, node.address));
}

}  // namespace

std::vector<NodeConfig> read_nodes(service::TableReader& root, bitcoin::Network network) {
    std::vector<NodeConfig> nodes;
    auto tables = root.tables("nodes");
    for (auto& table : tables) {
        auto node = read_node(table, network);
        for (const auto& other : nodes) check_twins(table, node, other);
        nodes.push_back(std::move(node));
    }
    if (tables.empty())
        root.problem("nodes",
                     "is missing, expected a table [[nodes]] for each node that templates "
                     "come from");
    if (tables.size() > nodes_max)
        root.problem("nodes", fmt::format("are {}, expected at most {}", tables.size(), nodes_max));
    const bool has_devchain = std::any_of(
        nodes.begin(), nodes.end(), [](const NodeConfig& node) { return node.kind == "devchain"; });
    if (has_devchain && nodes.size() > 1)
        root.problem("nodes",
                     "a node of kind \"devchain\" is a chain of its own, which no other "
                     "node follows; expected it to be the only one");
    return nodes;
}

std::vector<Nodes::Node> make_nodes(const std::vector<NodeConfig>& configs,
                                    const SourceParts& parts) {
    std::vector<Nodes::Node> nodes;
    for (const auto& config : configs)
        nodes.push_back({.name = config.name,
                         .kind = config.kind,
                         .address = config.address,
                         .source = config.make(parts)});
    return nodes;
}

}  // namespace templates
