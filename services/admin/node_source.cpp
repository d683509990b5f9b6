#include "admin/node_source.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "admin/fleet_rules.h"
#include "admin/moments.h"
#include "bitcoin/difficulty.h"
#include "rpc/ask.h"
#include "rpc/template_codec.h"

namespace admin {

namespace templates = adit::templates::v1;

namespace {

/// As explorers show it; 0 for what consensus does not know as a target.
double network_difficulty(std::uint32_t nbits) {
    const auto target = bitcoin::expand_nbits(nbits);
    return target ? bitcoin::approximate_difficulty(*target) : 0;
}

proto::Node::Verdict verdict_of(templates::Node::Verdict verdict) {
    switch (verdict) {
        case templates::Node::VERDICT_USABLE: return proto::Node::VERDICT_USABLE;
        case templates::Node::VERDICT_POOR: return proto::Node::VERDICT_POOR;
        case templates::Node::VERDICT_REFUSED: return proto::Node::VERDICT_REFUSED;
        default: return proto::Node::VERDICT_UNSPECIFIED;
    }
}

}  // namespace

proto::Node node_row(const std::string& service, const templates::Node& said) {
    proto::Node row;
    row.set_name("nodes/" + service.substr(service.find('/') + 1) + "." + name_part(said.name()));
    row.set_kind(said.kind());
    row.set_address(said.address());
    row.set_software(said.software());
    row.set_chain(said.chain());
    if (said.has_height()) row.set_height(said.height());
    if (const auto tip = rpc::read_uint256(said.tip())) row.set_tip(tip->to_be_hex());
    if (said.has_peers()) row.set_peers(said.peers());
    row.set_verdict(verdict_of(said.verdict()));
    row.set_reason(said.reason());
    row.set_leads(said.leads());
    row.set_blocks_behind(said.blocks_behind());
    row.set_news(said.news());
    row.set_is_reachable(said.is_reachable());
    row.set_service(service);
    return row;
}

NodeSource::NodeSource(boost::asio::io_context& loop, const base::Clock& clock,
                       base::Random& random, const FleetConfig& config, const Fleet& fleet,
                       View& view)
    : clock_(clock), fleet_(fleet), view_(view), mailbox_(loop), timer_(loop) {
    rpc::TemplateClient::Options options;
    options.subscriber = "admin";
    if (!config.templates.empty()) templates_.emplace(loop, random, std::move(options));
}

void NodeSource::start() {
    if (templates_)
        templates_->start([this](const auto& block_template) { on_template(block_template); });
    tick();
}

void NodeSource::stop() {
    timer_.cancel();
    mailbox_.close();
    templates_.reset();
}

void NodeSource::tick() {
    std::set<std::string> services;
    std::vector<std::string> addresses;
    for (const auto& member : fleet_.members()) {
        if (member.row == nullptr || member.state->kind() != "template") continue;
        services.insert(member.row->name());
        addresses.push_back(member.state->address());
        if (const auto channel = fleet_.channel_of(member.row->name()))
            ask(member.row->name(), channel);
    }
    if (templates_ && addresses != replicas_) templates_->set_replicas(replicas_ = addresses);
    std::erase_if(stubs_, [&](const auto& stub) { return !services.contains(stub.first); });
    view_.nodes.erase_unless([&](const auto& node) { return services.contains(node.service()); });
    timer_.expires_after(interval);
    timer_.async_wait([this](const auto& error) {
        if (!error) tick();
    });
}

void NodeSource::ask(const std::string& service, const std::shared_ptr<grpc::Channel>& channel) {
    auto& stub = stubs_[service];
    if (!stub) stub = templates::TemplateService::NewStub(channel);
    rpc::ask<templates::ListNodesRequest, templates::ListNodesResponse>(
        mailbox_.sender(), patience, {},
        [&](auto* context, auto* request, auto* response, auto done) {
            stub->async()->ListNodes(context, request, response, std::move(done));
        },
        [this, service](const grpc::Status& status, const templates::ListNodesResponse& said) {
            // What it said last stands: that it does not answer is said elsewhere.
            if (status.ok()) put(service, said);
        });
}

void NodeSource::put(const std::string& service, const templates::ListNodesResponse& said) {
    std::set<std::string> names;
    for (const auto& node : said.nodes()) {
        auto row = node_row(service, node);
        names.insert(row.name());
        view_.nodes.upsert(std::move(row));
    }
    view_.nodes.erase_unless(
        [&](const auto& node) { return node.service() != service || names.contains(node.name()); });
}

void NodeSource::on_template(const mining::BlockTemplate& block_template) {
    const auto now = clock_.unix_now();
    template_since_ = clock_.steady_now();
    if (!template_names_.empty()) {
        if (const auto* const before = view_.templates.find(template_names_.back())) {
            auto row = *before;
            row.set_is_current(false);
            view_.templates.upsert(std::move(row));
        }
    }
    const auto& tip = block_template.tip;
    proto::Template row;
    row.set_name(fmt::format("templates/{:016x}", block_template.ref.value));
    row.set_height(tip.height);
    row.set_prev_hash(tip.prev_hash.value.to_be_hex());
    row.set_value_sat(block_template.coinbase_tx_value_remaining);
    *row.mutable_create_time() = to_timestamp(now);
    row.set_network_difficulty(network_difficulty(tip.nbits));
    row.set_is_current(true);
    view_.services.for_each([&](const auto& service) {
        if (sample_sum(service, "adit_template_leader") != 1.0) return;
        view_.nodes.for_each([&](const auto& node) {
            if (node.leads() && node.service() == service.name()) row.set_node(node.name());
        });
    });
    view_.pool.set_height(tip.height);
    *view_.pool.mutable_template_time() = row.create_time();
    view_.pool.set_network_difficulty(row.network_difficulty());
    template_names_.push_back(row.name());
    view_.templates.upsert(std::move(row));
    if (template_names_.size() <= templates_max) return;
    view_.templates.erase(template_names_.front());
    template_names_.pop_front();
}

}  // namespace admin
