#include "admin/redis_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <utility>

#include "admin/moments.h"

namespace admin {

namespace asio = boost::asio;

namespace {

using Answer = base::Result<redis::Reply, redis::Error>;
constexpr std::uint64_t settings_every = 30;  // ticks: they change by an operator's hand only

std::string not_ready_reason(const RedisInfo& info) {
    if (info.is_loading) return "it loads its data from disk";
    if (!info.is_primary) return "it is a replica of " + info.primary_address;
    return {};
}

/// A connection for one node alone, which tells soon that the node is silent.
redis::ClientConfig to_one(redis::ClientConfig config, const redis::Address& address) {
    config.address = address;
    config.sentinels.clear();
    config.cluster.clear();
    config.db = 0;
    config.command_timeout = RedisWatch::patience;
    config.attempt_timeout = RedisWatch::patience;
    return config;
}

}  // namespace

std::string RedisState::row_name() const {
    return (is_sentinel ? "services/sentinel-" : "services/redis-") + name_part(address);
}

proto::Service RedisState::row(std::uint32_t replicas_wanted) const {
    proto::Service row;
    row.set_name(row_name());
    row.set_kind(is_sentinel ? "sentinel" : "redis");
    row.set_address(address);
    if (answered) *row.mutable_last_answer_time() = to_timestamp(answered->unix);
    if (failures > 0) {
        row.set_state(proto::Service::STATE_NOT_ANSWERING);
        row.set_reason(fmt::format("no answer since {}: {}", utc_time(silent_since().unix), why));
    } else if (answered) {
        auto reason = info ? not_ready_reason(*info) : std::string{};
        if (reason.empty() && cluster && !cluster->is_ok) reason = "its cluster is down";
        row.set_state(reason.empty() ? proto::Service::STATE_READY
                                     : proto::Service::STATE_NOT_READY);
        row.set_reason(reason);
    }
    auto& samples = *row.mutable_samples();
    samples["redis_ping_seconds"] = std::chrono::duration<double>(latency).count();
    if (!info) return row;
    row.set_version(info->version);
    if (answered)
        *row.mutable_start_time() = to_timestamp(std::chrono::floor<std::chrono::minutes>(
            answered->unix - std::chrono::seconds{info->uptime_seconds}));
    samples["redis_is_primary"] = info->is_primary ? 1 : 0;
    samples["redis_replicas_online"] = info->replicas_online();
    samples["redis_replicas_wanted"] = replicas_wanted;
    samples["redis_append_only_file"] = info->has_append_only_file ? 1 : 0;
    samples["redis_append_fsync_always"] = append_fsync == "always" ? 1 : 0;
    samples["redis_memory_bytes"] = static_cast<double>(info->used_memory);
    samples["redis_memory_max_bytes"] = static_cast<double>(info->memory_max);
    for (const auto& replica : info->replicas)
        samples[fmt::format("redis_replica_lag_seconds{{replica=\"{}\"}}", replica.address)] =
            static_cast<double>(replica.lag_seconds);
    return row;
}

struct RedisWatch::Probe {
    RedisState state{};
    std::unique_ptr<redis::HiredisClient> client{};
    std::string names{};  // whom a Sentinel calls the primary
};

RedisWatch::RedisWatch(asio::io_context& loop, const base::Clock& clock, base::Random& random,
                       const ledger::Config& config, View& view)
    : loop_(loop), clock_(clock), random_(random), config_(config), view_(view), timer_(loop) {}

RedisWatch::~RedisWatch() = default;

std::shared_ptr<RedisWatch::Probe> RedisWatch::probe_of(const redis::Address& address,
                                                        bool is_sentinel) {
    auto config = to_one(config_.redis, address);
    if (is_sentinel) {
        config.username.clear();
        config.password.clear();
        config.read_password = nullptr;
    }
    auto probe = std::make_shared<Probe>();
    probe->state.address = redis::to_string(address);
    probe->state.is_sentinel = is_sentinel;
    probe->state.begun = now();
    probe->client = std::make_unique<redis::HiredisClient>(loop_, config, clock_, random_);
    return probe;
}

void RedisWatch::start() {
    if (!config_.redis.cluster.empty()) {
        // Those that are configured, until one of them names the primaries.
        set_primaries(config_.redis.cluster);
        auto asking = to_one(config_.redis, {});
        asking.cluster = config_.redis.cluster;
        learner_ = std::make_unique<redis::SlotLearner>(
            loop_, asking, clock_, random_,
            [this](const redis::SlotMap& slots) { set_primaries(slots.primaries()); });
    } else if (config_.redis.sentinels.empty()) {
        set_primaries({config_.redis.address});
    }
    for (const auto& address : config_.redis.sentinels)
        sentinels_.push_back(probe_of(address, true));
    tick();
}

void RedisWatch::tick() {
    for (const auto& primary : primaries_) ask(primary);
    for (const auto& sentinel : sentinels_) ask(sentinel);
    if (learner_) learner_->learn(std::nullopt, std::nullopt);
    ++ticks_;
    timer_.expires_after(interval);
    timer_.async_wait([this](const auto& error) {
        if (!error) tick();
    });
}

void RedisWatch::ask(const std::shared_ptr<Probe>& probe) {
    const std::weak_ptr<Probe> asked{probe};
    probe->client->command({"PING"}, [this, asked, at = now()](const Answer& answer) {
        const auto of = asked.lock();
        if (!of) return;
        auto& state = of->state;
        if (answer) {
            state.answered = now();
            state.failures = 0;
            state.latency = std::chrono::duration_cast<std::chrono::microseconds>(
                clock_.steady_now() - at.steady);
        } else {
            ++state.failures;
            state.why = answer.error().text;
        }
        publish(*of);
    });
    if (probe->state.is_sentinel) {
        probe->client->command({"SENTINEL", "get-master-addr-by-name", config_.redis.master},
                               [this, asked](const Answer& answer) {
                                   const auto of = asked.lock();
                                   if (!of || !answer) return;
                                   of->names = fmt::format("[{}]:{}", answer->string_at(0),
                                                           answer->string_at(1));
                                   on_primary();
                               });
        return;
    }
    probe->client->command({"INFO"}, [this, asked](const Answer& answer) {
        const auto of = asked.lock();
        if (!of || !answer || answer->string() == nullptr) return;
        of->state.info = read_redis_info(*answer->string());
        publish(*of);
    });
    if (learner_) ask_of_cluster(probe);
    if (ticks_ % settings_every != 0 && !probe->state.append_fsync.empty()) return;
    probe->client->command({"CONFIG", "GET", "appendfsync"}, [asked](const Answer& answer) {
        // Who may not ask that does not know it.
        if (const auto of = asked.lock(); of && answer)
            of->state.append_fsync = answer->string_at(1);
    });
}

void RedisWatch::ask_of_cluster(const std::shared_ptr<Probe>& probe) {
    probe->client->command({"CLUSTER", "INFO"},
                           [asked = std::weak_ptr{probe}](const Answer& answer) {
                               const auto of = asked.lock();
                               if (!of || !answer || answer->string() == nullptr) return;
                               of->state.cluster = read_cluster_info(*answer->string());
                           });
}

/// The primary is whom most Sentinels name: one that is cut off names the last that it knew.
void RedisWatch::on_primary() {
    std::map<std::string, int> votes;
    for (const auto& sentinel : sentinels_)
        if (!sentinel->names.empty()) ++votes[sentinel->names];
    const auto best =
        std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
    if (best == votes.end()) return;
    const auto address = redis::parse_address(best->first);
    if (address) set_primaries({*address});
}

void RedisWatch::set_primaries(const std::vector<redis::Address>& addresses) {
    std::vector<std::shared_ptr<Probe>> primaries;
    for (const auto& address : addresses) {
        const auto known =
            std::ranges::find(primaries_, redis::to_string(address),
                              [](const auto& probe) { return probe ? probe->state.address : ""; });
        if (known != primaries_.end()) {
            primaries.push_back(std::exchange(*known, nullptr));
        } else {
            primaries.push_back(probe_of(address, false));
            ask(primaries.back());
        }
    }
    for (auto& old : primaries_) {
        if (!old) continue;
        view_.services.erase(old->state.row_name());
        // What it has still been asked finds no probe any more, and makes no row again. Its
        // connection ends a turn later: this may be inside one of its callbacks.
        asio::post(loop_, [client = std::move(old->client)]() mutable { client.reset(); });
        old.reset();
    }
    primaries_ = std::move(primaries);
}

void RedisWatch::publish(Probe& probe) {
    view_.services.upsert(probe.state.row(config_.durability.replicas));
}

std::vector<const RedisState*> RedisWatch::states() const {
    std::vector<const RedisState*> states;
    for (const auto& primary : primaries_) states.push_back(&primary->state);
    for (const auto& sentinel : sentinels_) states.push_back(&sentinel->state);
    return states;
}

}  // namespace admin
