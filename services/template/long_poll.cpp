#include "template/long_poll.h"

#include <utility>

#include "base/log.h"

namespace templates {
namespace {

using std::chrono::milliseconds;

// Nobody finds two blocks so soon after each other but on a test network.
constexpr milliseconds pace{100};
// Bitcoin Core looks at its mempool after a minute for the first time.
constexpr milliseconds hasty{1000};
constexpr int hasty_answers_max = 5;
constexpr milliseconds rest{60'000};

NodeRpc::Settings without_timeout(NodeRpc::Settings settings) {
    settings.timeout = milliseconds{0};
    return settings;
}

}  // namespace

LongPoll::LongPoll(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                   NodeRpc::Settings rpc, nlohmann::json request, Callbacks callbacks)
    : clock_(clock),
      request_(std::move(request)),
      callbacks_(std::move(callbacks)),
      rpc_(loop, without_timeout(std::move(rpc))),
      backoff_(random, {.first = milliseconds{250}, .last = milliseconds{10'000}}),
      timer_(loop) {}

void LongPoll::ask(std::string id) {
    id_ = std::move(id);
    is_wanted_ = true;
    // Whether the answer told a new tip is known only now that somebody has read it.
    if (std::exchange(is_answer_hasty_, false)) {
        hasty_answers_ = asked_ == callbacks_.asked_now() ? hasty_answers_ + 1 : 0;
        if (hasty_answers_ >= hasty_answers_max) {
            if (is_alive_)
                base::log_warning("the node answers long polls at once, so they tell nothing");
            set_alive(false);
            return pause(rest);
        }
    }
    if (!is_asking_ && !is_paused_) send();
}

void LongPoll::send() {
    is_wanted_ = false;
    is_asking_ = true;
    asked_ = callbacks_.asked_now();
    asked_at_ = clock_.steady_now();
    auto request = request_;
    request["longpollid"] = id_;
    set_alive(hasty_answers_ < hasty_answers_max);
    rpc_.call_text("getblocktemplate", nlohmann::json::array({std::move(request)}),
                   [this](auto answer) { on_answer(std::move(answer)); });
}

void LongPoll::on_answer(base::Result<NodeRpc::Text, NodeError> answer) {
    is_asking_ = false;
    if (!answer || answer->status != 200) {
        is_wanted_ = true;
        set_alive(false);
        return pause(backoff_.next());
    }
    backoff_.reset();
    is_answer_hasty_ = clock_.steady_now() - asked_at_ < hasty;
    if (!is_answer_hasty_) hasty_answers_ = 0;
    pause(pace);
    callbacks_.on_answer(std::move(*answer), asked_);
}

// Whoever asks meanwhile only says with which id.
void LongPoll::pause(milliseconds wait) {
    is_paused_ = true;
    timer_.expires_after(wait);
    timer_.async_wait([this, life = std::weak_ptr{life_}](const auto& error) {
        if (error || life.expired()) return;
        is_paused_ = false;
        if (is_wanted_ && !is_asking_) send();
    });
}

void LongPoll::set_alive(bool is_alive) {
    if (std::exchange(is_alive_, is_alive) != is_alive) callbacks_.on_change();
}

}  // namespace templates
