#include "simulation/parts/node_source.h"

#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;
using templates::SubmitAnswer;

constexpr auto ask_interval = 500ms;
/// A call to a node that does not answer.
constexpr auto call_deadline = 2s;
/// How much later a node gives a template's transactions where they do not come with it.
constexpr auto transactions_after = 25ms;

}  // namespace

NodeSource::NodeSource(Life& life, Host host, const base::Clock& clock, Node& node,
                       Network& network)
    : life_(life), host_(host), clock_(clock), node_(node), network_(network) {}

void NodeSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    heard_ = std::make_shared<std::function<void()>>(
        [this] { life_.after(network_.delay(), [this] { ask(); }); });
    node_.on_tip(heard_);
    life_.after(network_.delay(), [this] { tick(); });
}

bool NodeSource::is_reachable() const {
    return node_.is_up() && network_.reaches(host_, node_.host());
}

void NodeSource::tick() {
    ask();
    life_.after(ask_interval, [this] { tick(); });
}

void NodeSource::ask() {
    if (!is_reachable()) return life_.after(call_deadline, [this] { on_silence(); });
    was_reachable_ = true;
    // What it says is of the moment in which it is asked.
    const auto offset =
        std::chrono::floor<std::chrono::seconds>(node_.unix_now() - clock_.unix_now());
    life_.after(network_.delay(), [this, tip = node_.tip(), waiting = node_.waiting(), offset] {
        on_status(tip, waiting, offset);
    });
}

void NodeSource::on_silence() {
    if (is_reachable() || !std::exchange(was_reachable_, false)) return;
    given_.reset();
    callbacks_.on_status({.is_reachable = false, .why = "no answer"});
}

void NodeSource::on_status(const bitcoin::BlockHash& tip, std::size_t transactions,
                           std::chrono::seconds clock_offset) {
    const auto height = node_.height_of(tip);
    callbacks_.on_status({.is_reachable = true,
                          .software = "/simulated/",
                          .network = bitcoin::Network::regtest,
                          .tip = tip,
                          .height = height,
                          .header_height = height,
                          .peers = 8,
                          .is_initial_download = false,
                          .is_pruned = false,
                          .clock_offset = clock_offset});
    const std::pair now{tip, transactions};
    if (given_ == now) return;
    const bool is_new_tip = !given_ || given_->first != tip;
    given_ = now;
    give(tip, transactions, is_new_tip);
}

void NodeSource::give(const bitcoin::BlockHash& tip, std::size_t transactions, bool is_new_tip) {
    if (node_.kind() == Node::Kind::early && is_new_tip) {
        auto early = node_.candidate(tip, 0);
        early.origin = ++last_origin_;
        early.is_early = true;
        callbacks_.on_candidate(std::move(early));
        return life_.after(transactions_after, [this, tip, transactions] {
            if (given_ && given_->first == tip) give(tip, transactions, false);
        });
    }
    auto candidate = node_.candidate(tip, transactions);
    const auto origin = candidate.origin = ++last_origin_;
    if (node_.kind() != Node::Kind::distribution)
        return callbacks_.on_candidate(std::move(candidate));
    auto later = std::exchange(candidate.transactions, nullptr);
    callbacks_.on_candidate(std::move(candidate));
    life_.after(transactions_after,
                [this, origin, later = std::move(later)] { give_transactions(origin, later); });
}

void NodeSource::give_transactions(std::uint64_t origin, templates::Transactions transactions) {
    if (is_reachable()) callbacks_.on_transactions(origin, std::move(transactions));
}

bool NodeSource::takes(const templates::SolvedBlock& block) const {
    return node_.kind() != Node::Kind::distribution ||
           (block.origin && *block.origin <= last_origin_);
}

void NodeSource::submit_block(templates::SolvedBlock block, OnSubmitted on_submitted) {
    const SubmitAnswer silence{.kind = SubmitAnswer::Kind::unreachable, .reason = "no answer"};
    if (!takes(block))
        return life_.after(0us, [on_submitted = std::move(on_submitted)] {
            on_submitted({.kind = SubmitAnswer::Kind::unsupported});
        });
    life_.after(network_.delay(), [this, silence, block = std::move(block),
                                   on_submitted = std::move(on_submitted)] {
        if (!is_reachable())
            return life_.after(call_deadline, [silence, on_submitted] { on_submitted(silence); });
        const auto answer = node_.submit(block.bytes);
        life_.after(network_.delay(), [this, silence, answer, on_submitted] {
            // It has the block, and its answer may be lost all the same.
            if (is_reachable()) return on_submitted(answer);
            life_.after(call_deadline, [silence, on_submitted] { on_submitted(silence); });
        });
    });
}

void NodeSource::find_block(const bitcoin::BlockHash& hash, OnFound on_found) {
    life_.after(network_.delay(), [this, hash, on_found = std::move(on_found)] {
        if (is_reachable()) return on_found(node_.find(hash));
        life_.after(call_deadline, [on_found] { on_found({}); });
    });
}

}  // namespace simulation
