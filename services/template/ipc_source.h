#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/backoff.h"
#include "template/ipc_session.h"
#include "template/pending_answers.h"
#include "template/source.h"

namespace templates {

/// A Bitcoin Core node through its Mining interface: Cap'n Proto on a unix socket, version 30 or
/// later, started with -ipcbind. Connects again, with growing pauses, whenever the node is gone.
class IpcSource final : public Source {
  public:
    struct Settings {
        std::string socket{};  ///< path
        IpcSession::Settings session{};
        /// After this a block counts as unanswered; the node may still take it.
        std::chrono::milliseconds submit_timeout{10'000};
        rpc::Backoff::Limits retry{.first = std::chrono::milliseconds{250},
                                   .last = std::chrono::milliseconds{5'000}};
    };

    IpcSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
              Settings settings);
    ~IpcSource() override;

    std::string_view name() const override { return "ipc"; }
    void start(Callbacks callbacks) override;
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override;
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override;

  private:
    using Socket = boost::asio::local::stream_protocol::socket;

    void connect();
    void begin_session(Socket socket);
    void lose(const std::string& why);
    void end_session();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    Settings settings_;
    rpc::Backoff backoff_;
    boost::asio::steady_timer retry_;
    Callbacks callbacks_{};
    std::uint64_t next_origin_;
    std::string why_{"is not connected yet"};  // as long as there is no session
    std::string logged_{};
    std::unique_ptr<IpcSession> session_{};
    PendingAnswers<SubmitAnswer> submissions_;
    PendingAnswers<BlockStanding> searches_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// Why a unix socket could not be connected to, and what to do about it. Pure.
std::string connect_fault(const std::string& path, const boost::system::error_code& error);

}  // namespace templates
