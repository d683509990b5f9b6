#pragma once

#include <kj/async-io.h>
#include <kj/async.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "bitcoin/network.h"
#include "template/ipc_client.h"
#include "template/ipc_questions.h"
#include "template/ipc_submissions.h"
#include "template/ipc_tips.h"
#include "template/source.h"

namespace templates {

/// One connection to a node's Mining interface, from the greeting until it is lost: follows the
/// tip, makes templates and keeps them at the node, submits to them.
///
/// Owned and called by the loop. Its callbacks come from within KJ's events: they must not destroy
/// it.
class IpcSession final : private kj::TaskSet::ErrorHandler {
  public:
    struct Settings {
        std::string socket{};  ///< for the log
        bitcoin::Network network = bitcoin::Network::regtest;
        /// A new template of the same tip comes at least so often.
        std::chrono::milliseconds refresh_interval{30'000};
        /// So often the node is asked whether fees have risen: it makes a template to see.
        std::chrono::milliseconds fee_interval{5'000};
        /// By so much they must have, for a new template before the refresh.
        std::uint64_t fee_threshold_sat = 10'000;
        /// A new tip is mined without transactions until the full template is there.
        bool is_empty_first = true;
        std::uint64_t reserved_weight = 8'000;  ///< Bitcoin Core's own defaults
        std::uint64_t reserved_sigops = 400;
        std::chrono::milliseconds status_interval{5'000};
        /// So long the node may leave a call unanswered, beyond what the call asked it to wait.
        std::chrono::milliseconds call_timeout{15'000};
    };
    struct Callbacks {
        Source::Callbacks source{};
        /// The connection is of no more use. Comes once.
        std::function<void(const std::string& why)> on_lost{};
    };

    /// `next_origin` gives the templates their names, over all sessions of the process.
    IpcSession(boost::asio::io_context& loop, const base::Clock& clock,
               kj::Own<kj::AsyncIoStream> stream, const Settings& settings,
               std::uint64_t& next_origin, Callbacks callbacks);
    IpcSession(const IpcSession&) = delete;
    IpcSession& operator=(const IpcSession&) = delete;

    void start();
    bool is_greeted() const { return is_greeted_; }

    /// The callback does not run when the session ends before the answer.
    void submit(SolvedBlock block, Source::OnSubmitted on_submitted);
    void find_block(const bitcoin::BlockHash& hash, Source::OnFound on_found);

  private:
    using Template = IpcClient::Template;
    struct Full {
        Candidate candidate{};
        Template handle;
        base::SteadyTime at{};
    };

    void on_greeted();
    void follow_tips();
    void on_tip(const IpcClient::Tip& tip);
    bool is_downloading() const;

    void renew();
    void make_early();
    void make_full();
    void work_on(kj::Promise<std::optional<Template>> made);
    kj::Promise<void> take(IpcLane& lane, std::optional<Template> made, bool is_early);
    kj::Promise<void> on_template(Template made, const IpcTemplate& fields, bool is_early);
    kj::Promise<void> fetch_transactions(const Candidate& candidate, Template handle);
    void check_fees();
    void drop(Template handle);

    void ask_status();
    void on_answers();
    std::optional<std::string> stuck() const;
    void note_clock(const mining::ChainTip& tip);
    void publish();
    void set_fault(const std::string& why);
    void on_failure(kj::Exception&& error);
    void lose(const std::string& why);
    void unusable(const std::string& why);
    void taskFailed(kj::Exception&& error) override { lose(describe(error)); }
    void every(boost::asio::steady_timer& timer, std::chrono::milliseconds interval,
               void (IpcSession::*then)());

    const base::Clock& clock_;
    Settings settings_;
    std::uint64_t& next_origin_;
    Callbacks callbacks_;
    IpcClient client_;
    IpcQuestions questions_;
    boost::asio::steady_timer fee_timer_;
    boost::asio::steady_timer status_timer_;

    bool is_greeted_ = false;
    bool is_over_ = false;
    bool is_test_chain_ = false;
    bool is_asking_status_ = false;
    IpcQuestions::Answers asked_{};
    NodeStatus status_{};
    std::optional<NodeStatus> published_{};
    std::string fault_{};  // why the last template could not be made

    bitcoin::BlockHash node_tip_{};  // as it was last told
    IpcTips tips_{};
    IpcShelf<Template> shelf_{{}};
    IpcSubmissions submissions_;
    bitcoin::BlockHash ntime_tip_{};
    std::uint32_t min_ntime_ = 0;  // of that tip
    std::optional<Full> full_{};
    bool is_making_early_ = false;
    bool wants_early_ = false;
    bool is_working_ = false;
    bool wants_full_ = false;

    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    kj::TaskSet tasks_;  // last, so that what is pending ends first
};

}  // namespace templates
