#include "redis/cluster_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace redis {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct ClusterClient::Request {
    Args args{};
    std::optional<Wait> wait{};
    ReplicatedCallback done{};
    std::uint64_t number = 0;
    QueueNumber queue = 0;
    base::SteadyTime deadline{};
    /// Not to be sent before.
    base::SteadyTime not_before{};
    std::size_t redirections = 0;
    /// Where ASK has sent it, for once.
    std::optional<Address> ask{};
    std::optional<ScanCursor> scan{};
    std::string last_redirection{};

    std::size_t commands() const { return wait ? 2 : 1; }
};

namespace {

/// How long a slot on its way, or a cluster without a majority, is left alone.
constexpr std::chrono::milliseconds try_again_after{20};
constexpr std::chrono::milliseconds down_again_after{50};
/// Two nodes that each name the other are asked no faster than this.
constexpr std::chrono::milliseconds redirected_again_after{10};
/// While a primary that is needed is away, somebody else may have become it.
constexpr std::chrono::milliseconds look_interval{200};
/// What waited for a connection until its deadline has this part of the time left for its answer:
/// a healthy connection is not given up for it.
constexpr int answer_part = 4;

}  // namespace

ClusterClient::ClusterClient(asio::io_context& io, ClientConfig config, const base::Clock& clock,
                             base::Random& random)
    : io_(io),
      config_(std::move(config)),
      clock_(clock),
      timer_(io),
      look_timer_(io),
      nodes_(io, config_, clock, random,
             [this](const auto& node, bool is_connected) { on_node_change(node, is_connected); }),
      learner_(io, config_, clock, random, [this](SlotMap map) { on_learnt(std::move(map)); }) {
    learner_.learn(std::nullopt, std::nullopt);
}

ClusterClient::~ClusterClient() = default;

void ClusterClient::command(Args args, Callback done) {
    give(std::move(args), std::nullopt,
         [done = std::move(done)](base::Result<Replicated, Error> result) {
             if (!result) return done(base::unexpected(std::move(result.error())));
             done(std::move(result->reply));
         });
}

void ClusterClient::command_then_wait(Args args, std::uint32_t replicas,
                                      std::chrono::milliseconds timeout, ReplicatedCallback done) {
    give(std::move(args), Wait{replicas, std::max(timeout, 1ms)}, std::move(done));
}

void ClusterClient::reconnect() {
    learner_.learn(std::nullopt, std::nullopt);
}

bool ClusterClient::is_connected() const {
    if (!map_) return false;
    return std::ranges::all_of(queues_, [this](const auto& queue) {
        if (queue.first >= slot_count) return true;
        const auto* owner = map_->owner(static_cast<std::uint16_t>(queue.first));
        return owner != nullptr && nodes_.is_connected(*owner);
    });
}

ClientStats ClusterClient::stats() const {
    auto stats = nodes_.stats();
    stats.pending = pending_count_;
    if (!pending_.empty())
        stats.oldest_age = std::chrono::duration_cast<std::chrono::microseconds>(
            clock_.steady_now() - pending_.begin()->second);
    return stats;
}

void ClusterClient::give(Args args, std::optional<Wait> wait, ReplicatedCallback done) {
    const auto refuse = [this, &done](Error error) {
        asio::post(io_, [done = std::move(done), error = std::move(error)] {
            done(base::unexpected(error));
        });
    };
    auto request = std::make_shared<Request>();
    request->wait = wait;
    if (pending_count_ + request->commands() > config_.pending_max)
        return refuse({RedisError::overloaded, "too many commands are pending"});
    auto route = route_of(args);
    switch (route.kind) {
        case Route::Kind::none: return refuse({RedisError::error_reply, std::move(route.why)});
        case Route::Kind::slot: request->queue = route.slot; break;
        case Route::Kind::any: request->queue = queues_.empty() ? 0 : queues_.begin()->first; break;
        case Route::Kind::scan: {
            request->scan = args[1] == "0" ? ScanCursor{} : parse_scan_cursor(args[1]);
            if (!request->scan)
                return refuse({RedisError::error_reply, "no cursor of a cluster: " + args[1]});
            request->queue = slot_count + static_cast<QueueNumber>(request->scan->primary);
            break;
        }
    }
    const auto now = clock_.steady_now();
    request->args = std::move(args);
    request->done = std::move(done);
    request->number = next_number_++;
    request->deadline = now + config_.command_timeout + (wait ? wait->timeout : 0ms);
    pending_[request->number] = now;
    pending_count_ += request->commands();
    const auto number = request->queue;
    arm(request->deadline);
    queues_[number].waiting.push_back(std::move(request));
    dispatch(number);
}

/// Sends what can go now. Calls no callback, so it may be called in a call of our callers'.
void ClusterClient::dispatch(QueueNumber number) {
    auto& queue = queues_[number];
    const auto now = clock_.steady_now();
    while (!queue.waiting.empty()) {
        // What was redirected goes alone, so that nothing overtakes it.
        if (queue.redirected > 0 && queue.in_flight > 0) return;
        const auto request = queue.waiting.front();
        if (request->not_before > now) return arm(request->not_before);
        auto* const node = find_target(*request);
        if (node == nullptr || !node->client->is_connected()) return;
        // What the slot's last place has not answered may be sent on from there.
        if (queue.in_flight > 0 && queue.at != node) return;
        queue.waiting.pop_front();
        ++queue.in_flight;
        queue.at = node;
        send(*node, request);
    }
}

void ClusterClient::dispatch_all() {
    for (const auto& [number, queue] : queues_)
        if (!queue.waiting.empty()) dispatch(number);
}

ClusterNode* ClusterClient::find_target(Request& request) {
    if (!map_) return nullptr;
    if (request.scan) {
        if (!begin_scan(request)) {
            // Answered later: never inside the call that gave it.
            arm(clock_.steady_now());
            return nullptr;
        }
        return &node_at(map_->primaries()[request.scan->primary]);
    }
    if (request.ask) return &node_at(*request.ask);
    const auto* owner = map_->owner(static_cast<std::uint16_t>(request.queue));
    return owner == nullptr ? nullptr : &node_at(*owner);
}

/// False when the slots have moved since the SCAN began: keys may have passed it by.
bool ClusterClient::begin_scan(Request& request) {
    auto& scan = *request.scan;
    if (scan.version == 0) scan.version = version_;
    if (scan.version != version_ || scan.primary >= map_->primaries().size()) {
        request.last_redirection =
            "the slots of the cluster have moved: scan it from its beginning";
        request.deadline = base::SteadyTime::min();
        return false;
    }
    request.args[1] = scan.cursor;
    return true;
}

void ClusterClient::go_on_scanning(const Request& request,
                                   base::Result<Replicated, Error>& result) const {
    auto* const items = std::get_if<Reply::Array>(&result->reply.value);
    if (items == nullptr || items->size() != 2) return;
    auto next = *request.scan;
    if (next.version != version_) {
        result = base::unexpected(
            Error{RedisError::disconnected,
                  "the slots of the cluster have moved: scan it from its beginning"});
        return;
    }
    next.cursor = result->reply.string_at(0);
    if (next.cursor == "0") ++next.primary;
    const bool is_over = next.primary >= map_->primaries().size();
    (*items)[0] = Reply{is_over ? "0" : next.to_string()};
}

void ClusterClient::send(ClusterNode& node, const RequestPtr& request) {
    ++node.in_flight;
    const auto deadline =
        std::max(request->deadline, clock_.steady_now() + config_.command_timeout / answer_part +
                                        (request->wait ? request->wait->timeout : 0ms));
    auto& client = *node.client;
    if (request->ask) client.send({"ASKING"}, deadline, [](const auto&) {});
    auto first = std::make_shared<base::Result<Reply, Error>>(base::unexpected(Error{}));
    if (!request->wait) {
        client.send(request->args, deadline, [this, &node, request](auto reply) {
            if (!reply) return on_answer(node, request, base::unexpected(reply.error()));
            on_answer(node, request, Replicated{std::move(*reply), 0});
        });
        return;
    }
    client.send(request->args, deadline, [first](auto reply) { *first = std::move(reply); });
    client.send_wait(
        request->wait->replicas, request->wait->timeout, deadline,
        [this, &node, request, first](const auto& waited) {
            if (!*first) return on_answer(node, request, base::unexpected(first->error()));
            if (!waited) return on_answer(node, request, base::unexpected(waited.error()));
            const auto* count = waited->integer();
            on_answer(node, request, Replicated{std::move(**first), count == nullptr ? 0 : *count});
        });
}

void ClusterClient::on_answer(ClusterNode& node, const RequestPtr& request,
                              base::Result<Replicated, Error> result) {
    --node.in_flight;
    --queues_[request->queue].in_flight;
    if (node.in_flight == 0 && !is_wanted(node)) prune_soon();
    if (!result && result.error().kind == RedisError::error_reply)
        if (const auto told = read_redirect(result.error().text, node.address)) {
            request->last_redirection = std::move(result.error().text);
            return redirect(node, request, *told);
        }
    if (result && request->scan) go_on_scanning(*request, result);
    const auto number = request->queue;
    if (request->redirections > 0) --queues_[number].redirected;
    dispatch(number);
    finish(request, std::move(result));
}

void ClusterClient::redirect(const ClusterNode& node, const RequestPtr& request,
                             const Redirect& redirect) {
    const auto now = clock_.steady_now();
    auto& queue = queues_[request->queue];
    if (request->redirections++ == 0) ++queue.redirected;
    request->ask.reset();
    switch (redirect.kind) {
        case Redirect::Kind::moved:
            if (map_->owner(redirect.slot) == nullptr ||
                *map_->owner(redirect.slot) != redirect.to) {
                map_->move(redirect.slot, redirect.to);
                ++version_;
            }
            learner_.learn(redirect.to, std::nullopt);
            break;
        case Redirect::Kind::ask: request->ask = redirect.to; break;
        case Redirect::Kind::try_again: request->not_before = now + try_again_after; break;
        case Redirect::Kind::down:
            request->not_before = now + down_again_after;
            learner_.learn(std::nullopt, node.address);
            break;
    }
    const bool is_new_place = redirect.kind == Redirect::Kind::moved && request->redirections == 1;
    if (!is_new_place && redirect.kind != Redirect::Kind::ask)
        request->not_before = std::max(request->not_before, now + redirected_again_after);
    const auto place = std::ranges::find_if(
        queue.waiting, [&request](const auto& other) { return other->number > request->number; });
    queue.waiting.insert(place, request);
    arm(request->deadline);
    dispatch(request->queue);
    tell();
}

void ClusterClient::finish(const RequestPtr& request, base::Result<Replicated, Error> result) {
    pending_.erase(request->number);
    pending_count_ -= request->commands();
    request->done(std::move(result));
}

ClusterNode& ClusterClient::node_at(const Address& address) {
    auto& node = nodes_.at(address);
    if (!node.client->is_connected()) look_again();
    return node;
}

void ClusterClient::on_node_change(const ClusterNode& node, bool is_connected) {
    if (is_connected)
        dispatch_all();
    else
        learner_.learn(std::nullopt, node.address);
    look_again();
    tell();
}

void ClusterClient::on_learnt(SlotMap map) {
    if (!map_ || *map_ != map) {
        ++version_;
        base::log_info("the slots of the redis cluster are known",
                       {{"primaries", map.primaries().size()},
                        {"replicas", map.replicas().size()},
                        {"version", version_}});
        map_ = std::move(map);
    }
    prune_soon();
    dispatch_all();
    look_again();
    tell();
}

/// Until every primary that is needed is connected: another one may take its place.
void ClusterClient::look_again() {
    if (is_looking_ || !map_) return;
    is_looking_ = true;
    look_timer_.expires_after(look_interval);
    look_timer_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
        if (error || alive.expired()) return;
        is_looking_ = false;
        if (is_connected()) return;
        for (const auto& [number, queue] : queues_) {
            if (number >= slot_count) continue;
            if (const auto* owner = map_->owner(static_cast<std::uint16_t>(number)))
                node_at(*owner);
        }
        learner_.learn(std::nullopt, std::nullopt);
        look_again();
    });
}

bool ClusterClient::is_wanted(const ClusterNode& node) const {
    if (!map_ || map_->is_primary(node.address)) return true;
    return std::ranges::any_of(queues_, [&node](const auto& queue) {
        return std::ranges::any_of(queue.second.waiting, [&node](const auto& request) {
            return request->ask == node.address;
        });
    });
}

void ClusterClient::prune_soon() {
    nodes_.prune_soon([this](const ClusterNode& node) { return is_wanted(node); });
}

void ClusterClient::tell() {
    const bool is_connected_now = is_connected();
    if (std::exchange(was_connected_, is_connected_now) != is_connected_now && observer_)
        observer_(is_connected_now);
}

void ClusterClient::arm(base::SteadyTime at) {
    if (at >= timer_at_) return;
    timer_at_ = at;
    timer_.expires_after(std::max<base::SteadyTime::duration>(at - clock_.steady_now(),
                                                              std::chrono::milliseconds{1}));
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
        if (error || alive.expired()) return;
        timer_at_ = base::SteadyTime::max();
        on_timer();
    });
}

void ClusterClient::on_timer() {
    const auto now = clock_.steady_now();
    // A callback may ask for more, hence for another queue.
    std::vector<std::pair<RequestPtr, std::string>> late;
    for (auto& [number, queue] : queues_) {
        while (!queue.waiting.empty() && queue.waiting.front()->deadline <= now) {
            auto request = std::move(queue.waiting.front());
            queue.waiting.pop_front();
            if (request->redirections > 0) --queue.redirected;
            auto why = why_waiting(*request);
            late.emplace_back(std::move(request), std::move(why));
        }
        if (!queue.waiting.empty()) arm(queue.waiting.front()->deadline);
    }
    dispatch_all();
    for (auto& [request, why] : late)
        finish(request, base::unexpected(Error{RedisError::disconnected, std::move(why)}));
    tell();
}

std::string ClusterClient::why_waiting(const Request& request) const {
    if (!request.last_redirection.empty()) return request.last_redirection;
    if (!map_) return "the cluster is not found: " + learner_.why();
    if (request.queue >= slot_count) return "no connection in time";
    const auto* owner = map_->owner(static_cast<std::uint16_t>(request.queue));
    if (owner == nullptr)
        return "no primary of the cluster has slot " + std::to_string(request.queue);
    return "no connection to " + to_string(*owner) + " in time";
}

}  // namespace redis
