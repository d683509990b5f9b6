#include "simulation/link.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace simulation {
namespace {

// How soon what had to wait goes on when the two reach each other again.
constexpr std::chrono::milliseconds retry_after{10};

}  // namespace

struct Link::State {
    Network& network;
    Host from;
    Host to;
    std::shared_ptr<World::LifeState> receiver;
    std::size_t waiting_max;
    struct Sent {
        base::SteadyTime arrives_at{};
        World::Event arrive{};
    };
    std::deque<Sent> sent{};
    bool is_woken{};
    bool is_open{true};
};

Link::Link(Network& network, Host from, Host to, const Life& receiver, std::size_t waiting_max)
    : state_(std::make_shared<State>(State{.network = network,
                                           .from = from,
                                           .to = to,
                                           .receiver = receiver.state(),
                                           .waiting_max = waiting_max})) {}

Link::~Link() {
    state_->is_open = false;
    state_->sent.clear();
}

bool Link::send(World::Event arrive) {
    if (state_->sent.size() >= state_->waiting_max) return false;
    auto at = state_->network.world().now() + state_->network.delay();
    if (!state_->sent.empty()) at = std::max(at, state_->sent.back().arrives_at);
    state_->sent.push_back({at, std::move(arrive)});
    if (!state_->is_woken)
        wake(state_,
             std::chrono::ceil<std::chrono::microseconds>(at - state_->network.world().now()));
    return true;
}

std::size_t Link::waiting() const {
    return state_->sent.size();
}

std::chrono::microseconds Link::stalled() const {
    const auto now = state_->network.world().now();
    if (state_->sent.empty() || state_->network.reaches(state_->from, state_->to) ||
        state_->sent.front().arrives_at > now)
        return {};
    return std::chrono::floor<std::chrono::microseconds>(now - state_->sent.front().arrives_at);
}

void Link::wake(const std::shared_ptr<State>& state, std::chrono::microseconds wait) {
    state->is_woken = true;
    state->network.world().after(state->receiver, wait, [state] { carry(state); });
}

void Link::carry(const std::shared_ptr<State>& state) {
    state->is_woken = false;
    auto& world = state->network.world();
    while (state->is_open && !state->sent.empty()) {
        const auto wait = state->sent.front().arrives_at - world.now();
        if (wait > wait.zero())
            return wake(state, std::chrono::ceil<std::chrono::microseconds>(wait));
        if (!state->network.reaches(state->from, state->to)) return wake(state, retry_after);
        const auto arrive = std::move(state->sent.front().arrive);
        state->sent.pop_front();
        arrive();  // may destroy the link, and who receives
    }
}

}  // namespace simulation
