#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "bitcoin/network.h"
#include "rpc/backoff.h"
#include "template/node_rpc.h"
#include "template/source.h"

namespace templates {

/// A full node as a source, by JSON-RPC: getblocktemplate and submitblock. New blocks are noticed
/// by asking for the best block's hash.
class BitcoindSource final : public Source {
  public:
    struct Settings {
        NodeUrl url{.host = "127.0.0.1", .port = 8332};
        std::string credentials{};  ///< "user:password", as a cookie file has it
        bitcoin::Network network = bitcoin::Network::regtest;
        std::chrono::milliseconds poll_interval{500};
        std::chrono::milliseconds refresh_interval{30'000};
        std::chrono::milliseconds request_timeout{10'000};
    };

    BitcoindSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                   Settings settings);

    std::string_view name() const override { return "bitcoind"; }
    void start(Callbacks callbacks) override;
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override;

  private:
    void ask_chain();
    void ask_template();
    void ask_tip();
    void on_chain(const nlohmann::json& answer);
    void on_template(const nlohmann::json& answer);
    void on_tip(const nlohmann::json& answer);
    void on_error(std::string_view method, const NodeError& error);
    void lose(const std::string& why);
    void poll_later();
    void after(std::chrono::milliseconds wait, void (BitcoindSource::*then)());

    const base::Clock& clock_;
    Settings settings_;
    NodeRpc queries_;
    NodeRpc submissions_;  // apart, so that a block does not wait behind a template
    rpc::Backoff backoff_;
    boost::asio::steady_timer timer_;
    Callbacks callbacks_{};
    bitcoin::BlockHash tip_{};
    std::uint32_t min_ntime_ = 0;  // of the tip
    base::SteadyTime template_at_{};
    bool is_asking_template_ = false;
    bool is_lost_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// What the node's answer to submitblock means. Pure.
SubmitAnswer read_submit_answer(const base::Result<nlohmann::json, NodeError>& result);

}  // namespace templates
