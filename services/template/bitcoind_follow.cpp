// How BitcoindSource follows the node's tip: what it asks, and what it makes of the answers.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "template/bitcoind_source.h"
#include "template/node_advice.h"
#include "template/node_status.h"

namespace templates {
namespace {

// Of what changes with blocks and peers, and of what changes hardly ever.
constexpr std::chrono::milliseconds status_interval{1000};
constexpr std::chrono::milliseconds network_interval{5000};
// A question of no weight that is not answered for so long: the node stands still, and another one
// is to take its place long before the answer's time is over.
constexpr std::chrono::milliseconds silent_after{2500};
// An answer of the long poll that is on its way is not asked for a second time.
constexpr std::chrono::milliseconds long_poll_patience{250};
// Making a template, a node answers nobody for some 30 ms: not the other replicas either, who still
// have to ask for the header. And where gateways share its machine, it takes the cores from them
// while they bring the early template to thousands of connections. What miners lose by the pause is
// a tenth of a second of the fees.
constexpr std::chrono::milliseconds full_after_early{100};

base::Result<NodeTemplate, NodeError> read_template_text(const NodeRpc::Text& answer,
                                                         std::uint32_t coinbase_weight) {
    const auto result = read_answer(answer.status, answer.body);
    if (!result) return base::unexpected(result.error());
    auto read = read_node_template(*result, coinbase_weight);
    if (!read)
        return base::unexpected(
            NodeError{.kind = NodeError::Kind::refused, .code = 0, .message = read.error()});
    return std::move(*read);
}

}  // namespace

/// One question about the tip so often, whatever else tells of it: nothing costs more than the
/// interval.
void BitcoindSource::poll() {
    const auto now = clock_.steady_now();
    timer_.expires_after(silent_after);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) doubt();
    });
    if (now - status_at_ >= status_interval) {
        status_at_ = now;
        poll_status();
    } else {
        ask("getbestblockhash", Json::array(), &BitcoindSource::on_tip);
    }
    if (gate_.is_refresh_due(now)) ask_full();
}

void BitcoindSource::doubt() {
    if (!is_up_) return;
    status_.is_reachable = false;
    status_.why = fmt::format(
        "it took a question and has not answered for {:.1f} s; cure: is the node stopped, frozen "
        "or "
        "overloaded, or its machine?",
        std::chrono::duration<double>(silent_after).count());
    base::log_warning("node does not answer",
                      {{"node", to_text(settings_.url)}, {"reason", status_.why}});
    publish();
}

void BitcoindSource::poll_status() {
    ask("getblockchaininfo", Json::array(), &BitcoindSource::on_chain);
    if (clock_.steady_now() - network_at_ >= network_interval) ask_network();
    if (settings_.gate.refresh_gain_sat > 0)
        queries_.call("getmempoolinfo", Json::array(), [this](const auto& answer) {
            // A node that does not tell its fees is asked at the interval only.
            const auto fees = answer ? read_mempool_fees(*answer) : std::nullopt;
            if (fees) gate_.on_mempool_fees(*fees);
        });
}

void BitcoindSource::on_chain(const Json& answer) {
    if (!is_of_our_network(answer)) return;
    read_chain_info(answer, status_);
    if (const auto date = queries_.date()) node_clock_.on_date(*date, clock_.unix_now());
    const auto tip = status_.tip;
    if (tip && !status_.tip_time)
        // bcoin does not tell it.
        queries_.call("getblockheader", Json::array({tip->value.to_be_hex()}),
                      [this, tip](const auto& header) {
                          const auto block =
                              header ? read_block_info(*header) : base::unexpected(std::string{});
                          if (!block || status_.tip != tip) return;
                          status_.tip_time = block->time;
                          publish();
                      });
    const std::weak_ptr alive{is_alive_};
    publish();
    if (!alive.expired()) on_tip(tip ? Json(tip->value.to_be_hex()) : Json());
}

void BitcoindSource::ask_network() {
    network_at_ = clock_.steady_now();
    queries_.call("getnetworkinfo", Json::array(), [this](const auto& answer) {
        if (!answer) return;  // a node's rpcwhitelist may leave it out, and templates do without
        read_network_info(*answer, status_);
        publish();
    });
}

void BitcoindSource::on_tip(const Json& answer) {
    const auto hash = read_hash(answer);
    if (!hash) return lose("the node does not tell the hash of its tip");
    if (is_up_ && !status_.is_reachable) {
        const std::weak_ptr alive{is_alive_};
        status_.is_reachable = true;
        status_.why.clear();
        publish();
        if (alive.expired()) return;
    }
    on_news(*hash);
    if (!is_up_) return;
    timer_.expires_after(settings_.poll_interval);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) poll();
    });
}

/// Whichever way it came: the node says that this is its tip.
void BitcoindSource::on_news(const bitcoin::BlockHash& hash) {
    if (gate_.is_tip(hash) || news_ == hash) return;
    base::log_debug("the node has a new tip", {{"block", hash.value.to_be_hex()}});
    news_ = hash;
    if (settings_.early_templates && basis_)
        ask_header(hash);
    else
        want_full();
}

void BitcoindSource::ask_header(const bitcoin::BlockHash& hash) {
    queries_.call("getblockheader", Json::array({hash.value.to_be_hex()}),
                  [this, asked = gate_.asked_now(), era = era_](const auto& answer) {
                      if (era != era_) return;
                      if (answer)
                          on_header(*answer, asked);
                      else
                          want_full();
                  });
}

void BitcoindSource::on_header(const Json& answer, AskedAt asked) {
    const auto block = read_block_info(answer);
    if (!block || gate_.is_tip(block->hash)) return want_full();
    auto candidate =
        early_candidate(*block, *basis_, settings_.network, node_clock_.at(clock_.unix_now()));
    if (!candidate) {
        base::log_debug("no early template", {{"reason", candidate.error()}});
        return want_full();
    }
    if (gate_.on_early(*candidate, asked) != CandidateGate::Verdict::give) return want_full();
    note_tip(block->hash, block->height);
    status_.tip_time = block->time;
    const std::weak_ptr alive{is_alive_};
    publish();
    if (!alive.expired()) callbacks_.on_candidate(std::move(*candidate));
    if (!alive.expired() && news_)
        want_full_after(long_poll_.is_waiting() ? long_poll_patience : full_after_early);
}

/// Where the long poll waits, the node is making its answer already.
void BitcoindSource::want_full() {
    if (!news_) return;
    if (!long_poll_.is_waiting()) return ask_full();
    want_full_after(long_poll_patience);
}

void BitcoindSource::want_full_after(std::chrono::milliseconds pause) {
    full_timer_.expires_after(pause);
    full_timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired() && is_up_ && news_) ask_full();
    });
}

void BitcoindSource::ask_full() {
    if (std::exchange(is_asking_full_, true)) return;
    templates_.call_text("getblocktemplate", Json::array({request_}),
                         [this, asked = gate_.asked_now(), era = era_](auto answer) {
                             if (era != era_) return;
                             if (answer)
                                 return read_template(std::move(*answer), asked, Way::answer);
                             is_asking_full_ = false;
                             lose("getblocktemplate", answer.error());
                         });
}

/// Aside: a template has megabytes, and the loop has other work.
void BitcoindSource::read_template(NodeRpc::Text answer, AskedAt asked, Way way) {
    boost::asio::post(aside_, [this, &loop = loop_, alive = std::weak_ptr{is_alive_}, era = era_,
                               weight = settings_.coinbase_weight, asked, way,
                               answer = std::move(answer)] {
        auto read = read_template_text(answer, weight);
        boost::asio::post(loop, [this, alive, era, asked, way, read = std::move(read)]() mutable {
            if (!alive.expired() && era == era_) on_template(std::move(read), asked, way);
        });
    });
}

void BitcoindSource::on_template(base::Result<NodeTemplate, NodeError> read, AskedAt asked,
                                 Way way) {
    if (way == Way::answer) is_asking_full_ = false;
    if (!read) return lose("getblocktemplate", read.error());
    const auto verdict = gate_.on_full(read->candidate, asked, clock_.steady_now());
    if (verdict == CandidateGate::Verdict::outdated) {
        base::log_debug("the template is of a tip that is past");
        return ask_full();
    }
    news_.reset();
    note(*read);
    const std::weak_ptr alive{is_alive_};
    if (!is_up_) come_up();
    if (!alive.expired()) publish();
    if (!alive.expired() && verdict == CandidateGate::Verdict::give)
        callbacks_.on_candidate(std::move(read->candidate));
    if (alive.expired()) return;
    long_poll_id_ = std::move(read->long_poll_id);
    ask_long_poll();
}

/// At a new tip the node would make the long poll's template first, and our question for the header
/// would wait for it: an early template would be as late as the full one.
bool BitcoindSource::needs_long_poll() const {
    if (!settings_.long_poll || long_poll_id_.empty()) return false;
    return !settings_.early_templates || !zmq_ || !zmq_->is_alive();
}

void BitcoindSource::ask_long_poll() {
    if (is_up_ && needs_long_poll()) long_poll_.ask(long_poll_id_);
}

void BitcoindSource::note(const NodeTemplate& read) {
    const auto& block_template = read.candidate.block_template;
    basis_ = EarlyBasis{.version = block_template.version,
                        .height = block_template.tip.height,
                        .segwit = block_template.segwit};
    if (read.clock)
        node_clock_.on_template(std::chrono::sys_seconds{std::chrono::seconds{*read.clock}},
                                clock_.unix_now());
    else
        node_clock_.on_template_at_its_earliest();
    const bool is_short = read.transactions_left_out > 0;
    if (!std::exchange(is_short_of_room_, is_short) && is_short)
        base::log_warning(
            "the node's blocks leave too little room for our coinbase, so their last transactions "
            "are left out; cure: raise the node's blockreservedweight, or lower coinbase_weight",
            {{"node", to_text(settings_.url)}, {"coinbase_weight", settings_.coinbase_weight}});
    note_tip(block_template.tip.prev_hash, block_template.tip.height - 1);
}

void BitcoindSource::note_tip(const bitcoin::BlockHash& hash, std::uint32_t height) {
    // A tip that goes back is not announced, nor is one of many that are caught up with.
    if (zmq_ && height > tip_height_ && status_.is_initial_download != true) zmq_->expect(hash);
    tip_height_ = height;
    if (status_.tip != hash) status_.tip_time.reset();
    status_.tip = hash;
    status_.height = height;
    status_.header_height = std::max(status_.header_height.value_or(0), height);
}

void BitcoindSource::come_up() {
    is_up_ = true;
    is_refused_ = false;
    backoff_.reset();
    if (!std::exchange(warned_of_, "").empty())
        base::log_info("node answers again", {{"node", to_text(settings_.url)}});
    status_.is_reachable = true;
    status_.why.clear();
    const std::weak_ptr alive{is_alive_};
    tell_ways();
    if (!alive.expired()) poll();
}

}  // namespace templates
