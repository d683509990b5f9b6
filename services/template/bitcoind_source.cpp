#include "template/bitcoind_source.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "service/config.h"
#include "service/secret_file.h"
#include "template/json_fields.h"
#include "template/node_advice.h"
#include "template/node_status.h"

namespace templates {
namespace {

constexpr int rpc_deserialization_error = -22;  // "Block decode failed"
// Between tries of what only an operator can mend.
constexpr std::chrono::seconds refused_interval{30};
// Blocks may be two hours ahead of a node's clock, which the pool's and its miners' shares fill;
// this is more than clocks differ that somebody looks after.
constexpr std::chrono::seconds clock_offset_max{60};

NodeRpc::Settings rpc_settings(const BitcoindSource::Settings& settings) {
    return {.url = settings.url,
            .credentials = settings.credentials,
            .timeout = settings.request_timeout};
}

// The rules that we know; a node refuses whoever does not name those of its chain.
nlohmann::json template_request(bitcoin::Network network) {
    auto rules = nlohmann::json::array({"segwit"});
    if (network == bitcoin::Network::signet) rules.push_back("signet");
    return {{"rules", std::move(rules)}};
}

}  // namespace

BitcoindSource::BitcoindSource(boost::asio::io_context& loop, const base::Clock& clock,
                               base::Random& random, Settings settings)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      request_(template_request(settings_.network)),
      queries_(loop, rpc_settings(settings_)),
      templates_(loop, rpc_settings(settings_)),
      submissions_(loop, rpc_settings(settings_)),
      long_poll_(loop, clock, random, rpc_settings(settings_), request_,
                 {.asked_now = [this] { return gate_.asked_now(); },
                  .on_answer =
                      [this](NodeRpc::Text answer, AskedAt asked) {
                          if (is_up_) read_template(std::move(answer), asked, Way::long_poll);
                      },
                  .on_change = [this] { tell_ways(); }}),
      backoff_(random,
               {.first = std::chrono::milliseconds{250}, .last = std::chrono::milliseconds{5000}}),
      gate_(settings_.gate),
      credentials_(settings_.credentials),
      timer_(loop),
      full_timer_(loop) {}

BitcoindSource::~BitcoindSource() {
    aside_.join();
}

void BitcoindSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    connect();
}

// Whatever it was, it starts again with the credentials and the question which chain this is:
// another node may answer.
void BitcoindSource::connect() {
    ++era_;
    is_asking_full_ = false;
    news_.reset();
    gate_.demand_full();
    if (settings_.cookie_file || settings_.password_file)
        read_credentials();
    else
        ask("getblockchaininfo", Json::array(), &BitcoindSource::on_connected);
}

void BitcoindSource::read_credentials() {
    boost::asio::post(aside_, [this, &loop = loop_, alive = std::weak_ptr{is_alive_},
                               cookie = settings_.cookie_file, file = settings_.password_file,
                               user = settings_.user] {
        base::Result<std::string, std::string> read;
        try {
            read = cookie ? service::read_secret_file(*cookie, "cookie_file")
                          : user + ":" + service::read_secret_file(*file, "password_file");
        } catch (const service::ConfigError& error) {
            read = base::unexpected(std::string{error.what()});
        }
        boost::asio::post(loop, [this, alive, read = std::move(read)] {
            if (!alive.expired()) on_credentials(read);
        });
    });
}

void BitcoindSource::on_credentials(const base::Result<std::string, std::string>& read) {
    if (!read && settings_.password_file) return lose(read.error());
    if (!read)
        return lose(read.error() +
                    "; a node writes it when it starts: is it running, and is this where it writes "
                    "(.cookie in the folder of its chain)? Who runs the pool must be able to read "
                    "it: rpccookieperms=group");
    credentials_ = *read;
    queries_.set_credentials(credentials_);
    templates_.set_credentials(credentials_);
    submissions_.set_credentials(credentials_);
    long_poll_.set_credentials(credentials_);
    ask("getblockchaininfo", Json::array(), &BitcoindSource::on_connected);
}

void BitcoindSource::on_connected(const Json& chain) {
    if (!is_of_our_network(chain)) return;
    refused_with_.clear();
    read_chain_info(chain, status_);
    ask_network();
    ask_full();
    if (settings_.zmq_hashblock.empty())
        queries_.call("getzmqnotifications", Json::array(), [this](const auto& answer) {
            // Nodes without ZeroMQ do not know the question.
            subscribe(answer ? read_zmq_endpoint(*answer, settings_.url.host).value_or("") : "");
        });
    else if (settings_.zmq_hashblock != "none")
        subscribe(settings_.zmq_hashblock);
}

void BitcoindSource::subscribe(const std::string& endpoint) {
    if (endpoint.empty() && !std::exchange(has_told_of_zmq_, true))
        base::log_info(
            "the node announces no blocks to us by ZeroMQ; with "
            "zmqpubhashblock=tcp://127.0.0.1:28332 in its configuration they are heard sooner",
            {{"node", to_text(settings_.url)}});
    if (endpoint.empty()) {
        zmq_.reset();
        return tell_ways();
    }
    if (zmq_ && zmq_->endpoint() == endpoint) return;
    zmq_ = std::make_unique<ZmqBlocks>(
        loop_, endpoint,
        ZmqBlocks::Callbacks{.on_block =
                                 [this](const bitcoin::BlockHash& hash) {
                                     if (is_up_) on_news(hash);
                                 },
                             .on_doubt =
                                 [this] {
                                     if (is_up_)
                                         ask("getbestblockhash", Json::array(),
                                             &BitcoindSource::on_tip);
                                 },
                             .on_change =
                                 [this] {
                                     ask_long_poll();
                                     tell_ways();
                                 }});
}

/// One of the small questions; `then` runs unless the node is lost or connected anew meanwhile.
void BitcoindSource::ask(std::string_view method, Json params,
                         void (BitcoindSource::*then)(const Json&)) {
    queries_.call(method, std::move(params),
                  [this, then, era = era_, method = std::string{method}](const auto& answer) {
                      if (era != era_) return;
                      if (answer)
                          (this->*then)(*answer);
                      else
                          lose(method, answer.error());
                  });
}

bool BitcoindSource::is_of_our_network(const Json& chain) {
    const auto named = chain.is_object() ? text(chain, "chain") : std::nullopt;
    if (!named) {
        lose("getblockchaininfo names no chain: is this a node of bitcoin?");
        return false;
    }
    if (bitcoin::network_of_chain(*named) == settings_.network) return true;
    status_.network = bitcoin::network_of_chain(*named);
    refuse(fmt::format("node {} is on chain '{}', configured network is '{}'",
                       to_text(settings_.url), *named, bitcoin::chain_name(settings_.network)));
    return false;
}

void BitcoindSource::lose(std::string_view method, const NodeError& error) {
    const auto why = advise(method, error, settings_.url);
    if (error.kind != NodeError::Kind::unauthorised) return lose(why);
    // A node that was started again has a new cookie, or another password. The same one twice is
    // not its.
    const bool has_file = settings_.cookie_file || settings_.password_file;
    const bool is_final = !has_file || refused_with_ == credentials_;
    refused_with_ = credentials_;
    if (is_final)
        refuse(why);
    else
        lose(why);
}

void BitcoindSource::lose(const std::string& why) {
    ++era_;
    is_up_ = false;
    full_timer_.cancel();
    ways_.clear();
    status_.news.clear();
    if (std::exchange(warned_of_, why) != why)
        base::log_warning("node gives no templates, asking again",
                          {{"node", to_text(settings_.url)}, {"reason", why}});
    status_.is_reachable = false;
    status_.why = why;
    publish();
    timer_.expires_after(is_refused_ ? refused_interval : backoff_.next());
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) connect();
    });
}

/// As configured it never will; an operator may still mend it at the node's side.
void BitcoindSource::refuse(const std::string& why) {
    const bool is_first = !std::exchange(is_refused_, true);
    const std::weak_ptr alive{is_alive_};
    lose(why);
    if (is_first && !alive.expired()) callbacks_.on_unusable(why);
}

void BitcoindSource::publish() {
    status_.clock_offset = node_clock_.offset();
    const auto offset = status_.clock_offset.value_or(std::chrono::seconds{0});
    const bool is_off = std::chrono::abs(offset) > clock_offset_max;
    if (!std::exchange(is_clock_off_, is_off) && is_off)
        base::log_warning(
            "the node's clock and ours differ, so its blocks or our shares may be refused; cure: "
            "let both machines follow NTP",
            {{"node", to_text(settings_.url)}, {"seconds", offset.count()}});
    if (told_ == status_) return;
    told_ = status_;
    callbacks_.on_status(status_);
}

void BitcoindSource::tell_ways() {
    if (!is_up_) return;
    std::string ways;
    if (zmq_ && zmq_->is_alive()) ways += "zmq, ";
    if (long_poll_.is_alive() && needs_long_poll()) ways += "long poll, ";
    ways += "poll";
    if (std::exchange(ways_, ways) == ways) return;
    base::log_info("new blocks are heard of by",
                   {{"node", to_text(settings_.url)}, {"ways", ways}});
    status_.news = ways;
    publish();
}

void BitcoindSource::submit_block(SolvedBlock block, OnSubmitted on_submitted) {
    submissions_.call(
        "submitblock", Json::array({base::to_hex(block.bytes)}),
        [this, hash = block.hash, on_submitted = std::move(on_submitted)](const auto& result) {
            const auto answer = read_submit_answer(result);
            if (const auto cure = cure_of_refusal(answer.reason); !cure.empty())
                base::log_error("the node refuses a block", {{"node", to_text(settings_.url)},
                                                             {"block", hash.value.to_be_hex()},
                                                             {"reason", answer.reason},
                                                             {"cure", cure}});
            const std::weak_ptr alive{is_alive_};
            on_submitted(answer);
            // The next tip is ours: there is no need to wait until somebody tells.
            if (!alive.expired() && answer.kind == SubmitAnswer::Kind::accepted && is_up_)
                on_news(hash);
        });
}

void BitcoindSource::find_block(const bitcoin::BlockHash& hash, OnFound on_found) {
    const auto hex = hash.value.to_be_hex();
    submissions_.call(
        "getblockheader", Json::array({hex}),
        [this, hash, on_found = std::move(on_found)](const auto& answer) {
            const auto block =
                answer ? read_block_info(*answer) : base::unexpected(std::string{"no such block"});
            if (!block) return on_found({});
            if (block->confirmations < 1)
                return on_found({.kind = BlockStanding::Kind::not_in_chain});
            // bcoin counts confirmations of blocks that have lost, too.
            submissions_.call(
                "getblockhash", Json::array({block->height}),
                [hash, confirmations = block->confirmations, on_found](const auto& at_height) {
                    const auto found = at_height ? read_hash(*at_height) : std::nullopt;
                    if (!found) return on_found({});
                    if (*found != hash)
                        return on_found({.kind = BlockStanding::Kind::not_in_chain});
                    on_found({.kind = BlockStanding::Kind::in_chain,
                              .confirmations = static_cast<std::uint32_t>(confirmations)});
                });
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
