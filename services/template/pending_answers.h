#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace templates {

/// Callbacks that run exactly once: with their answer, after a deadline, or when all are given up.
///
/// Owned and called by the loop; destroying it forgets them.
template <class Answer>
class PendingAnswers {
  public:
    using Callback = std::function<void(Answer)>;

    PendingAnswers(boost::asio::io_context& loop, std::chrono::milliseconds timeout, Answer late)
        : loop_(loop), timeout_(timeout), late_(std::move(late)) {}

    /// Gives the function to call with the answer; only its first call counts, and none counts
    /// after the deadline. It may outlive this.
    Callback add(Callback done) {
        const auto id = next_id_++;
        auto timer = std::make_unique<boost::asio::steady_timer>(loop_, timeout_);
        timer->async_wait([this, alive = std::weak_ptr{is_alive_}, id](const auto& error) {
            if (!error && !alive.expired()) finish(id, late_);
        });
        pending_.emplace(id, Pending{std::move(done), std::move(timer)});
        return [this, alive = std::weak_ptr{is_alive_}, id](Answer answer) {
            if (!alive.expired()) finish(id, std::move(answer));
        };
    }

    void give_up(const Answer& answer) {
        for (auto& [id, pending] : std::exchange(pending_, {})) pending.done(answer);
    }

  private:
    struct Pending {
        Callback done{};
        std::unique_ptr<boost::asio::steady_timer> deadline{};
    };

    void finish(std::uint64_t id, Answer answer) {
        if (auto found = pending_.extract(id)) found.mapped().done(std::move(answer));
    }

    boost::asio::io_context& loop_;
    std::chrono::milliseconds timeout_;
    Answer late_;
    std::map<std::uint64_t, Pending> pending_{};
    std::uint64_t next_id_ = 0;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
