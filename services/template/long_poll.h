#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/backoff.h"
#include "template/candidate_gate.h"
#include "template/node_rpc.h"

namespace templates {

/// Asks a node for its next template and lets it answer when it has one (BIP 22, long polling), on
/// a connection of its own. A node that answers at once does not know long polling, and is asked
/// again seldom. Owned and called by the loop.
class LongPoll {
  public:
    struct Callbacks {
        std::function<AskedAt()> asked_now{};
        std::function<void(NodeRpc::Text, AskedAt)> on_answer{};
        /// is_alive() has changed.
        std::function<void()> on_change{};
    };

    /// `request` is what getblocktemplate is asked with, besides the id.
    LongPoll(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
             NodeRpc::Settings rpc, nlohmann::json request, Callbacks callbacks);

    void set_credentials(std::string_view credentials) { rpc_.set_credentials(credentials); }

    /// The template with this id is known, the next is wanted. While an answer is awaited, that
    /// goes on: an abandoned question would occupy a thread of the node.
    void ask(std::string id);

    /// The node answers when there is something to tell, and only then.
    bool is_alive() const { return is_alive_; }
    /// It is being waited for, and answers as soon as there is another tip.
    bool is_waiting() const { return is_alive_ && is_asking_; }

  private:
    void send();
    void on_answer(base::Result<NodeRpc::Text, NodeError> answer);
    void pause(std::chrono::milliseconds wait);
    void set_alive(bool is_alive);

    const base::Clock& clock_;
    nlohmann::json request_;
    Callbacks callbacks_;
    NodeRpc rpc_;
    rpc::Backoff backoff_;
    boost::asio::steady_timer timer_;
    std::string id_{};  // to ask with
    AskedAt asked_{};
    base::SteadyTime asked_at_{};
    int hasty_answers_ = 0;  // in a row
    bool is_answer_hasty_ = false;
    bool is_wanted_ = false;
    bool is_asking_ = false;
    bool is_paused_ = false;
    bool is_alive_ = false;
    std::shared_ptr<bool> life_ = std::make_shared<bool>(true);
};

}  // namespace templates
