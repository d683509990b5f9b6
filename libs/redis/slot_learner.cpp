#include "redis/slot_learner.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/integer.h"
#include "base/log.h"

namespace redis {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Many commands may be redirected at once: one question is enough for all of them.
constexpr std::chrono::milliseconds rest_min{50};
constexpr std::chrono::milliseconds rest_between_nodes{10};
/// When nobody has answered.
constexpr std::chrono::milliseconds rest_between_rounds{250};

/// The value of a line "name:value" of CLUSTER INFO.
std::string_view field(std::string_view info, std::string_view name) {
    for (std::size_t at = 0; at < info.size();) {
        const auto end = std::min(info.find("\r\n", at), info.size());
        const auto line = info.substr(at, end - at);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
            return line.substr(name.size() + 1);
        at = end + 2;
    }
    return {};
}

}  // namespace

SlotLearner::SlotLearner(asio::io_context& io, ClientConfig config, const base::Clock& clock,
                         base::Random& random, OnLearnt on_learnt)
    : io_(io),
      config_(std::move(config)),
      clock_(clock),
      random_(random),
      on_learnt_(std::move(on_learnt)),
      timer_(io),
      // Not all clients of a pool ask the same node first.
      asked_(random.next_u64() % 1024) {}

SlotLearner::~SlotLearner() = default;

void SlotLearner::learn(const std::optional<Address>& first, const std::optional<Address>& last) {
    if (first) first_ = first;
    if (last) last_ = last;
    if (is_asking_) {
        is_wanted_again_ = true;
        return;
    }
    is_asking_ = true;
    const auto rested =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - last_begun_);
    after(std::clamp(rest_min - rested, 0ms, rest_min), &SlotLearner::begin);
}

void SlotLearner::begin() {
    last_begun_ = clock_.steady_now();
    is_wanted_again_ = false;
    candidates_ = config_.cluster;
    for (const auto& node : known_)
        if (std::ranges::find(candidates_, node) == candidates_.end()) candidates_.push_back(node);
    std::ranges::rotate(candidates_, candidates_.begin() +
                                         static_cast<std::ptrdiff_t>(asked_ % candidates_.size()));
    // Taken from the end.
    if (last_) {
        std::erase(candidates_, *last_);
        candidates_.insert(candidates_.begin(), *last_);
    }
    if (first_) {
        std::erase(candidates_, *first_);
        candidates_.push_back(*first_);
    }
    first_.reset();
    last_.reset();
    was_behind_ = false;
    ask_next();
}

void SlotLearner::ask_next() {
    if (candidates_.empty()) {
        // All that answer are behind what was once heard: the cluster was made anew.
        if (was_behind_) epoch_ = 0;
        if (!std::exchange(is_warned_, true))
            base::log_warning("no node of the redis cluster says who has which slot",
                              {{"reason", why_}});
        return after(rest_between_rounds, &SlotLearner::begin);
    }
    const auto node = candidates_.back();
    candidates_.pop_back();
    ask(node);
}

void SlotLearner::ask(const Address& node) {
    ClientConfig config = config_;
    config.cluster.clear();
    config.address = node;
    config.command_timeout = std::min(config_.command_timeout, config_.attempt_timeout);
    config.first_of_name = asked_++;
    config.is_one_off = true;
    client_ = std::make_unique<HiredisClient>(io_, config, clock_, random_);
    auto answer = std::make_shared<Answer>();
    client_->command({"CLUSTER", "INFO"}, [answer](const base::Result<Reply, Error>& info) {
        if (!info || info->string() == nullptr) return;
        answer->is_ok = field(*info->string(), "cluster_state") == "ok";
        answer->epoch =
            base::parse_integer<std::uint64_t>(field(*info->string(), "cluster_current_epoch"))
                .value_or(0);
    });
    client_->command({"CLUSTER", "SLOTS"},
                     [this, node, answer](const base::Result<Reply, Error>& slots) {
                         take(node, *answer, slots);
                     });
}

void SlotLearner::take(const Address& node, const Answer& answer,
                       const base::Result<Reply, Error>& slots) {
    // Not inside its own callback.
    asio::post(io_, [client = std::shared_ptr{std::move(client_)}]() mutable { client.reset(); });
    if (!slots) return pass_over(node, slots.error().text);
    auto map = SlotMap::from(*slots, node);
    if (!map) return pass_over(node, "it is in no cluster, or in one without slots");
    if (!answer.is_ok) return pass_over(node, "it says that the cluster is down");
    if (answer.epoch < epoch_) {
        was_behind_ = true;
        return pass_over(node, "it has missed a failover");
    }
    epoch_ = answer.epoch;
    known_ = map->primaries();
    known_.insert(known_.end(), map->replicas().begin(), map->replicas().end());
    if (std::exchange(is_warned_, false)) base::log_info("the redis cluster answers again");
    is_asking_ = false;
    why_.clear();
    if (is_wanted_again_) learn(std::nullopt, std::nullopt);
    on_learnt_(*std::move(map));
}

void SlotLearner::pass_over(const Address& node, const std::string& why) {
    why_ = to_string(node) + ": " + why;
    after(rest_between_nodes, &SlotLearner::ask_next);
}

void SlotLearner::after(std::chrono::milliseconds wait, void (SlotLearner::*step)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, step, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired()) (this->*step)();
    });
}

}  // namespace redis
