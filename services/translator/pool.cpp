#include "translator/pool.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "service/endpoint.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

constexpr rpc::Backoff::Limits backoff_limits{.first = 250ms, .last = 15s};
constexpr std::chrono::milliseconds refusing_max = 1h;
// What a connection may leave unread and still be asked for more channels.
constexpr std::size_t unread_for_opens_max = 256 * 1024;

// One connection may have ended just then for another reason.
constexpr unsigned silences_max = 2;

IdentityPattern pattern_of(const std::string& name, const std::string& text) {
    auto pattern = IdentityPattern::parse(text);
    if (!pattern)
        throw std::invalid_argument("pool " + name + ": user_identity: " + pattern.error());
    return std::move(*pattern);
}

}  // namespace

Pool::Pool(Parts parts, const PoolSettings& settings, std::size_t rank, Listener& listener)
    : parts_(parts),
      settings_(settings),
      rank_(rank),
      listener_(listener),
      name_(service::to_string({settings.url.host, settings.url.port})),
      identity_(pattern_of(name_, settings.user_identity)),
      address_{.host = settings.url.host,
               .port = settings.url.port,
               .authority = settings.url.authority.key},
      backoff_(parts.random, backoff_limits),
      unserved_since_(parts.clock.steady_now()),
      asks_for_workers_(parts.settings.asks_for_workers) {}

Pool::~Pool() {
    for (const auto& connection : connections_) connection->drop();
}

void Pool::set_mode(Mode mode) {
    if (mode == mode_) return;
    const auto now = parts_.clock.steady_now();
    if (mode == Mode::on && ready_connections() == 0) {
        unserved_since_ = now;
        has_failed_ = false;
    }
    // A probe that was good is followed by more; one who is new to it is looked at now.
    if (mode_ == Mode::off) next_dial_ = std::min(next_dial_, now);
    if (mode == Mode::on && mode_ == Mode::probing && good_since_) next_dial_ = now;
    if (mode != Mode::probing) good_since_.reset();
    mode_ = mode;
}

void Pool::on_tick(base::SteadyTime now, std::size_t channels) {
    const auto connections = connections_;
    for (const auto& connection : connections) connection->on_tick(now);
    for (const auto& connection : connections_)
        if (const auto oddities = connection->take_oddities(); oddities != 0)
            parts_.metrics.oddities.with({name_}).add(oddities);
    if (refusing_until_ && now >= *refusing_until_) refusing_until_.reset();
    if (is_serving()) trouble_.clear();
    end_empty();
    dial_missing(channels);
    publish();
}

bool Pool::is_to_leave(const PoolConnection& connection) const {
    return connection.is_leaving() || mode_ != Mode::on;
}

/// What is left and has nothing any more, and a dial that nobody wants any more.
void Pool::end_empty() {
    const auto connections = connections_;
    for (const auto& connection : connections) {
        if (!is_to_leave(*connection) || connection->load() != 0) continue;
        const bool is_probe = mode_ == Mode::probing && !connection->is_leaving();
        if (!is_probe || connection->is_ready()) connection->end("not-needed");
    }
}

std::size_t Pool::wanted(std::size_t channels) const {
    switch (mode_) {
        case Mode::off: return 0;
        case Mode::probing: return 1;
        case Mode::on: break;
    }
    if (channels == 0 && is_idle_) return 1;
    return std::max(settings_.connections, (channels + channels_per_connection_wanted - 1) /
                                               channels_per_connection_wanted);
}

std::size_t Pool::dialled() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        connections_, [](const auto& connection) { return !connection->is_leaving(); }));
}

void Pool::dial_missing(std::size_t channels) {
    if (parts_.clock.steady_now() < next_dial_) return;
    for (auto count = dialled(); count < wanted(channels); ++count) dial();
}

void Pool::dial() {
    const auto& address = elsewhere_ ? *elsewhere_ : address_;
    connections_.push_back(std::make_shared<PoolConnection>(
        parts_.loop, parts_.clock, parts_.counter,
        PoolClient::Settings{.host = address.host,
                             .port = address.port,
                             .requires_version_rolling = requires_version_rolling_,
                             .asks_for_workers = asks_for_workers_,
                             .answers_probes = answers_probes_},
        address, *this));
    connections_.back()->dial(parts_.dialer);
}

bool Pool::is_serving() const {
    return mode_ == Mode::on && !is_refusing() && ready_connections() != 0;
}

bool Pool::is_failing() const {
    if (is_refusing()) return true;
    if (ready_connections() != 0) return false;
    return has_failed_ ||
           parts_.clock.steady_now() - unserved_since_ > parts_.settings.failover_after;
}

bool Pool::is_refusing() const {
    return refusing_until_ && parts_.clock.steady_now() < *refusing_until_;
}

bool Pool::may_serve() const {
    const auto now = parts_.clock.steady_now();
    const bool has_just_failed = failed_at_ && now - *failed_at_ < parts_.settings.return_after;
    return !is_refusing() && !has_just_failed;
}

bool Pool::has_worked_for(std::chrono::milliseconds time) const {
    return !is_refusing() && good_since_ && parts_.clock.steady_now() - *good_since_ >= time;
}

void Pool::refuse(const std::string& why) {
    if (is_refusing()) return;
    refusing_for_ = refusing_for_.count() == 0 ? parts_.settings.return_after
                                               : std::min(refusing_for_ * 2, refusing_max);
    refusing_until_ = parts_.clock.steady_now() + refusing_for_;
    say_trouble(why);
    listener_.on_change(*this);
}

PoolConnection* Pool::connection_for_channel() const {
    PoolConnection* best = nullptr;
    for (const auto& connection : connections_) {
        if (!connection->is_ready() || is_to_leave(*connection)) continue;
        if (connection->client().open_requests() >= parts_.settings.opens_in_flight ||
            connection->load() >= channels_per_connection_max ||
            connection->unread() > unread_for_opens_max)
            continue;
        if (best == nullptr || connection->load() < best->load()) best = connection.get();
    }
    return best;
}

std::vector<std::shared_ptr<PoolConnection>> Pool::connections_to_leave() const {
    std::vector<std::shared_ptr<PoolConnection>> found;
    for (const auto& connection : connections_)
        if (is_to_leave(*connection) && connection->client().channels() != 0)
            found.push_back(connection);
    return found;
}

std::size_t Pool::channels() const {
    std::size_t channels = 0;
    for (const auto& connection : connections_) channels += connection->client().channels();
    return channels;
}

std::size_t Pool::ready_connections() const {
    return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& connection) {
        return connection->is_ready() && !connection->is_leaving();
    }));
}

void Pool::on_event(PoolConnection& connection, PoolEvent event) {
    if (std::holds_alternative<pool_event::SetUp>(event)) return on_set_up(connection);
    if (std::holds_alternative<pool_event::Opened>(event)) is_idle_ = false;
    if (std::holds_alternative<pool_event::JobGiven>(event)) refusing_for_ = {};
    listener_.on_event(*this, connection, std::move(event));
}

void Pool::on_set_up(PoolConnection& connection) {
    parts_.metrics.handshakes.with({name_, "ok"}).add();
    has_failed_ = false;
    failed_at_.reset();
    silences_about_extensions_ = 0;
    if (mode_ == Mode::probing && !good_since_) good_since_ = connection.ready_since();
    if (mode_ != Mode::probing && !trouble_.empty() && !is_refusing()) {
        trouble_.clear();
        base::log_info("pool answers again", {{"pool", name_}});
    }
    listener_.on_change(*this);
}

void Pool::on_reconnect(PoolConnection& connection, const PoolEffects::Elsewhere& elsewhere) {
    if (connection.is_leaving()) return;
    parts_.metrics.reconnects.with({name_}).add();
    elsewhere_ = connection.address().moved_to(elsewhere.host, elsewhere.port);
    base::log_debug("pool sends us elsewhere",
                    {{"pool", name_}, {"host", elsewhere_->host}, {"port", elsewhere_->port}});
    connection.leave();
    // Who is sent on and on is not to go round as fast as it can.
    const auto now = parts_.clock.steady_now();
    const bool has_lasted =
        connection.ready_since() && now - *connection.ready_since() >= good_life;
    next_dial_ = has_lasted ? now : std::max(next_dial_, now + backoff_.next());
    if (ready_connections() == 0) unserved_since_ = now;
    listener_.on_change(*this);
}

void Pool::on_over(PoolConnection& connection, std::string_view reason,
                   std::optional<PoolFailure::Kind> failure, std::string why) {
    const auto now = parts_.clock.steady_now();
    const auto ready_since = connection.ready_since();
    const bool is_ours = reason == "not-needed";
    const bool was_leaving = connection.is_leaving();
    answers_probes_ = answers_probes_ || connection.client().answers_probes();
    if (ready_since)
        parts_.metrics.ended.with({name_, std::string{reason}}).add();
    else if (!is_ours)
        parts_.metrics.handshakes.with({name_, std::string{reason}}).add();
    std::erase_if(connections_, [&](const auto& one) { return one.get() == &connection; });

    const bool was_idle = !failure && ready_since && now - *ready_since >= good_life &&
                          !connection.client().has_opened();
    if (is_ours) {
        if (mode_ == Mode::probing) next_dial_ = std::max(next_dial_, now + probe_interval);
    } else if (was_idle) {
        // Nobody needed it, and the pool has not waited for ever (Sv2 5.3.2).
        is_idle_ = true;
        unserved_since_ = now;
        next_dial_ = now;
    } else if (!was_leaving) {
        on_lost(connection, failure, why);
    }
    listener_.on_change(*this);
}

void Pool::on_lost(const PoolConnection& connection, std::optional<PoolFailure::Kind> failure,
                   const std::string& why) {
    const auto now = parts_.clock.steady_now();
    const auto ready_since = connection.ready_since();
    const bool is_short = !ready_since || now - *ready_since < good_life;
    if (!is_short) backoff_.reset();
    if (now >= next_dial_) next_dial_ = now + backoff_.next();
    if (failure || is_short) {
        has_failed_ = true;
        failed_at_ = now;
    }
    good_since_.reset();
    elsewhere_.reset();  // if it was no good, back to what is configured
    if (failure) learn_from(*failure);
    if (failure == PoolFailure::Kind::silent)
        for (const auto& other : connections_) other->doubt(answers_probes_);
    // An end for no reason of its own may be the answer to what it does not know.
    if (!failure && connection.client().waits_for_extensions())
        learn_from(PoolFailure::Kind::no_extensions);
    if (ready_connections() == 0) {
        if (ready_since) unserved_since_ = now;
        say_trouble(why);
    }
    // It looks well as long as it is asked for nothing.
    if (failure == PoolFailure::Kind::late && ready_since && !connection.client().has_worked() &&
        listener_.has_alternative(*this))
        refuse(why);
}

/// What it does not know it is not asked for again, and it is dialled without at once.
void Pool::learn_from(PoolFailure::Kind failure) {
    const bool is_new =
        (failure == PoolFailure::Kind::no_version_rolling &&
         std::exchange(requires_version_rolling_, false)) ||
        (failure == PoolFailure::Kind::no_extensions &&
         ++silences_about_extensions_ >= silences_max && std::exchange(asks_for_workers_, false));
    if (!is_new) return;
    next_dial_ = parts_.clock.steady_now();
    has_failed_ = false;
}

void Pool::say_trouble(const std::string& why) {
    if (trouble_ == why) return;
    // A pool that is only looked at may be away for days.
    if (trouble_.empty() || mode_ == Mode::on)
        base::log_warning("pool does not serve", {{"pool", name_}, {"reason", why}});
    trouble_ = why;
}

void Pool::publish() {
    parts_.metrics.connections.with({name_}).set(static_cast<double>(ready_connections()));
    parts_.metrics.channels.with({name_}).set(static_cast<double>(channels()));
}

}  // namespace translator
