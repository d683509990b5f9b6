#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "bitcoin/network.h"
#include "rpc/backoff.h"
#include "template/candidate_gate.h"
#include "template/early_template.h"
#include "template/long_poll.h"
#include "template/node_clock.h"
#include "template/node_rpc.h"
#include "template/node_template.h"
#include "template/source.h"
#include "template/zmq_blocks.h"

namespace templates {

/// A full node as a source, by JSON-RPC: getblocktemplate and submitblock. It hears of new blocks
/// by ZeroMQ, by a long poll and by asking for the tip's hash, whichever is first; the node needs
/// to know the last only. On a new tip it gives an early candidate, made of the header, and then
/// the full one.
///
/// Owned and called by the loop. A thread of its own reads cookie files and long answers; it owns
/// nothing.
class BitcoindSource final : public Source {
  public:
    struct Settings {
        NodeUrl url{.host = "127.0.0.1", .port = 8332};
        std::string credentials{};  ///< "user:password"
        /// Instead: where the node writes them. Read again when it has been away.
        std::optional<std::filesystem::path> cookie_file{};
        /// Or where the password of `user` is. Read again likewise.
        std::optional<std::filesystem::path> password_file{};
        std::string user{};
        bitcoin::Network network = bitcoin::Network::regtest;
        std::chrono::milliseconds poll_interval{500};
        CandidateGate::Settings gate{};
        std::chrono::milliseconds request_timeout{10'000};
        /// "tcp://host:port"; empty: where the node says that it publishes; "none": do not.
        std::string zmq_hashblock{};
        bool long_poll = true;
        bool early_templates = true;
        /// What the pool's coinbase may weigh, in weight units.
        std::uint32_t coinbase_weight = 4000;
    };

    BitcoindSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                   Settings settings);
    ~BitcoindSource() override;

    std::string_view name() const override { return "bitcoind"; }
    void start(Callbacks callbacks) override;
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override;
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override;

  private:
    using Json = nlohmann::json;
    enum class Way { answer, long_poll };  // by which a template came

    // Coming up, and going down: bitcoind_source.cpp.
    void connect();
    void read_credentials();
    void on_credentials(const base::Result<std::string, std::string>& read);
    void on_connected(const Json& chain);
    void subscribe(const std::string& endpoint);
    void lose(std::string_view method, const NodeError& error);
    void lose(const std::string& why);
    void refuse(const std::string& why);
    bool is_of_our_network(const Json& chain);
    void ask(std::string_view method, Json params, void (BitcoindSource::*then)(const Json&));
    void publish();
    void tell_ways();

    // Following the tip: bitcoind_follow.cpp.
    void poll();
    void doubt();
    void poll_status();
    void on_chain(const Json& answer);
    void ask_network();
    void on_tip(const Json& answer);
    void on_news(const bitcoin::BlockHash& hash);
    void ask_header(const bitcoin::BlockHash& hash);
    void on_header(const Json& answer, AskedAt asked);
    void want_full();
    void want_full_after(std::chrono::milliseconds pause);
    void ask_full();
    void read_template(NodeRpc::Text answer, AskedAt asked, Way way);
    void on_template(base::Result<NodeTemplate, NodeError> read, AskedAt asked, Way way);
    void note(const NodeTemplate& read);
    void note_tip(const bitcoin::BlockHash& hash, std::uint32_t height);
    void come_up();
    bool needs_long_poll() const;
    void ask_long_poll();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    Settings settings_;
    Json request_;  // of getblocktemplate
    Callbacks callbacks_{};
    NodeRpc queries_;      // small questions
    NodeRpc templates_;    // apart, as their answers take long to make and to send
    NodeRpc submissions_;  // apart, so that a block waits behind nothing
    LongPoll long_poll_;
    std::unique_ptr<ZmqBlocks> zmq_{};
    rpc::Backoff backoff_;
    CandidateGate gate_;
    NodeClock node_clock_{};
    NodeStatus status_{};
    std::optional<NodeStatus> told_{};
    std::string warned_of_{};     // why it was lost, as the log has it
    std::string credentials_{};   // in use
    std::string refused_with_{};  // credentials that the node did not know
    std::optional<EarlyBasis> basis_{};
    std::optional<bitcoin::BlockHash> news_{};  // a tip that has no full candidate yet
    std::uint32_t tip_height_ = 0;              // of the last one that had a candidate
    boost::asio::steady_timer timer_;           // the next poll, doubt, or try to connect
    boost::asio::steady_timer full_timer_;      // until the long poll should have answered
    base::SteadyTime status_at_{};
    base::SteadyTime network_at_{};
    std::uint64_t era_ = 0;  // counts connects: answers to what was asked before one are void
    bool is_up_ = false;
    bool is_asking_full_ = false;
    bool is_refused_ = false;
    bool is_short_of_room_ = false;
    bool is_clock_off_ = false;
    bool has_told_of_zmq_ = false;
    std::string ways_{};
    std::string long_poll_id_{};  // of the template that came last
    boost::asio::thread_pool aside_{1};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// What the node's answer to submitblock means. Pure.
SubmitAnswer read_submit_answer(const base::Result<nlohmann::json, NodeError>& result);

}  // namespace templates
