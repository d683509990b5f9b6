#include "template/bitcoind_source.h"

#include <fmt/format.h>

#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "template/node_template.h"

namespace templates {
namespace {

constexpr int rpc_deserialization_error = -22;  // "Block decode failed"

std::string url_text(const NodeUrl& url) {
    return fmt::format("http://{}:{}{}", url.host, url.port, url.path);
}

}  // namespace

BitcoindSource::BitcoindSource(boost::asio::io_context& loop, const base::Clock& clock,
                               base::Random& random, Settings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      queries_(loop, {.url = settings_.url,
                      .credentials = settings_.credentials,
                      .timeout = settings_.request_timeout}),
      submissions_(loop, {.url = settings_.url,
                          .credentials = settings_.credentials,
                          .timeout = settings_.request_timeout}),
      backoff_(random,
               {.first = std::chrono::milliseconds{250}, .last = std::chrono::milliseconds{5000}}),
      timer_(loop) {}

void BitcoindSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    ask_chain();
}

void BitcoindSource::submit_block(SolvedBlock block, OnSubmitted on_submitted) {
    submissions_.call("submitblock", nlohmann::json::array({base::to_hex(block.bytes)}),
                      [this, on_submitted = std::move(on_submitted)](const auto& result) {
                          const auto answer = read_submit_answer(result);
                          on_submitted(answer);
                          // The next tip is ours: there is no need to wait for the next poll.
                          if (answer.kind == SubmitAnswer::Kind::accepted && !is_lost_)
                              ask_template();
                      });
}

void BitcoindSource::ask_chain() {
    queries_.call("getblockchaininfo", nlohmann::json::array(), [this](const auto& result) {
        if (result)
            on_chain(*result);
        else
            on_error("getblockchaininfo", result.error());
    });
}

void BitcoindSource::on_chain(const nlohmann::json& answer) {
    const auto chain = answer.is_object() ? answer.find("chain") : answer.end();
    if (chain == answer.end() || !chain->is_string())
        return lose("getblockchaininfo names no chain");
    const auto& name = chain->get_ref<const std::string&>();
    if (bitcoin::network_of_chain(name) != settings_.network)
        return callbacks_.on_unusable(
            fmt::format("node {} is on chain '{}', configured network is '{}'",
                        url_text(settings_.url), name, bitcoin::chain_name(settings_.network)));
    ask_template();
}

void BitcoindSource::ask_template() {
    if (std::exchange(is_asking_template_, true)) return;
    queries_.call("getblocktemplate", nlohmann::json::array({{{"rules", {"segwit"}}}}),
                  [this](const auto& result) {
                      is_asking_template_ = false;
                      if (result)
                          on_template(*result);
                      else
                          on_error("getblocktemplate", result.error());
                  });
}

void BitcoindSource::on_template(const nlohmann::json& answer) {
    auto candidate = read_node_template(answer);
    if (!candidate) return lose("getblocktemplate: " + candidate.error());
    auto& tip = candidate->block_template.tip;
    if (tip.prev_hash != tip_) {
        tip_ = tip.prev_hash;
        min_ntime_ = tip.min_ntime;
    }
    // The lowest nTime of a share belongs to the tip, not to each of its templates.
    tip.min_ntime = min_ntime_;
    template_at_ = clock_.steady_now();
    backoff_.reset();
    if (std::exchange(is_lost_, false))
        base::log_info("node answers again", {{"node", url_text(settings_.url)}});
    callbacks_.on_status({.is_reachable = true,
                          .network = settings_.network,
                          .tip = tip.prev_hash,
                          .height = tip.height - 1});
    callbacks_.on_candidate(std::move(*candidate));
    poll_later();
}

void BitcoindSource::ask_tip() {
    if (clock_.steady_now() - template_at_ >= settings_.refresh_interval) return ask_template();
    queries_.call("getbestblockhash", nlohmann::json::array(), [this](const auto& result) {
        if (result)
            on_tip(*result);
        else
            on_error("getbestblockhash", result.error());
    });
}

void BitcoindSource::on_tip(const nlohmann::json& answer) {
    const auto hash = answer.is_string()
                          ? bitcoin::Uint256::from_be_hex(answer.get_ref<const std::string&>())
                          : std::nullopt;
    if (!hash) return lose("getbestblockhash gives no hash");
    if (bitcoin::BlockHash{*hash} == tip_) return poll_later();
    ask_template();
}

void BitcoindSource::on_error(std::string_view method, const NodeError& error) {
    if (error.kind == NodeError::Kind::unauthorised)
        return callbacks_.on_unusable(
            fmt::format("node {} refuses our credentials ({}): check its cookie_file, or its user "
                        "and password_file",
                        url_text(settings_.url), error.message));
    lose(error.kind == NodeError::Kind::refused
             ? fmt::format("{}: {} ({})", method, error.message, error.code)
             : error.message);
}

// Whatever it was, it starts again with the question which chain this is: another node may answer.
void BitcoindSource::lose(const std::string& why) {
    if (!std::exchange(is_lost_, true))
        base::log_warning("node gives no templates, asking again",
                          {{"node", url_text(settings_.url)}, {"reason", why}});
    callbacks_.on_status({.is_reachable = false, .why = why});
    after(backoff_.next(), &BitcoindSource::ask_chain);
}

void BitcoindSource::poll_later() {
    after(settings_.poll_interval, &BitcoindSource::ask_tip);
}

// One timer, hence one question at a time; a template that came in between starts it anew.
void BitcoindSource::after(std::chrono::milliseconds wait, void (BitcoindSource::*then)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, then, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) (this->*then)();
    });
}

SubmitAnswer read_submit_answer(const base::Result<nlohmann::json, NodeError>& result) {
    using Kind = SubmitAnswer::Kind;
    if (!result) {
        const auto& error = result.error();
        const bool is_final =
            error.kind == NodeError::Kind::refused && error.code == rpc_deserialization_error;
        return {.kind = is_final ? Kind::rejected : Kind::unreachable, .reason = error.message};
    }
    if (result->is_null()) return {.kind = Kind::accepted, .reason = {}};
    if (!result->is_string()) return {.kind = Kind::unreachable, .reason = result->dump()};
    const auto& reason = result->get_ref<const std::string&>();
    const bool is_known = reason == "duplicate" || reason == "duplicate-inconclusive";
    return {.kind = is_known ? Kind::duplicate : Kind::rejected, .reason = reason};
}

}  // namespace templates
