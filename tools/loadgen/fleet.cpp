#include "loadgen/fleet.h"

#include <algorithm>

#include "loadgen/sv1_crew.h"
#include "loadgen/sv2_crew.h"
#include "loadgen/trouble.h"

namespace loadgen {
namespace {

namespace asio = boost::asio;

// So long, and the sockets are looked at again. By their number, turns would wait for as many
// rounds of sockets: a round of handshakes takes a tenth of a second.
constexpr auto turns_at_once = std::chrono::milliseconds{10};

}  // namespace

Fleet::Fleet(asio::io_context& loop, const Options& options, const base::Clock& clock,
             base::Random& random, base::Random& keys)
    : loop_(loop),
      options_(options),
      clock_(clock),
      statistics_(clock.steady_now()),
      journal_(options.journal_path, clock),
      hooks_{.before_sending = [this] { journal_.flush(); },
             .rescheduled = [this](Link& link) { schedule(link); },
             .closing = [this](std::uint64_t sent) { statistics_.segments_sent += sent; }},
      timer_(loop) {
    const auto now = clock_.steady_now();
    if (miner::is_sv1(options.pool.protocol))
        crew_ = std::make_unique<Sv1Crew>(options, journal_, statistics_, clock, random);
    else
        crew_ = std::make_unique<Sv2Crew>(options, journal_, statistics_, clock, random, keys);
    const auto pools = std::make_shared<const std::vector<Link::Endpoint>>(options.endpoints);
    for (auto& recruit : crew_->recruit(now)) {
        const Link::Settings settings{.pools = pools, .first = links_.size(), .from = recruit.from};
        links_.push_back(std::make_shared<Link>(loop_, settings, std::move(recruit.peer),
                                                recruit.joins_at, clock_, hooks_));
        schedule(*links_.back());
    }
}

void Fleet::schedule(Link& link) {
    const auto at = link.due();
    if (at == link.turn_at) return;
    ++link.turn;
    link.turn_at = at;
    if (at == Peer::never) return;
    turns_.push({at, link.turn, link.shared_from_this()});
    arm();
}

void Fleet::arm() {
    while (!turns_.empty() && turns_.top().number != turns_.top().link->turn) turns_.pop();
    if (turns_.empty() || turns_.top().at >= armed_for_) return;
    armed_for_ = turns_.top().at;
    timer_.expires_at(armed_for_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) take_turns();
    });
}

void Fleet::take_turns() {
    armed_for_ = Peer::never;
    const auto now = clock_.steady_now();
    while (!turns_.empty() && turns_.top().at <= now && clock_.steady_now() - now < turns_at_once) {
        const auto turn = turns_.top();
        turns_.pop();
        if (turn.number != turn.link->turn) continue;
        turn.link->turn_at = Peer::never;
        turn.link->on_due();
    }
    arm();
}

void Fleet::begin() {
    if (!crew_->begins(clock_.steady_now())) return;
    for (const auto& link : links_) schedule(*link);
}

std::uint64_t Fleet::waiting() const {
    std::uint64_t sum = 0;
    for (const auto& [intent, counts] : statistics_.shares) sum += counts.waiting();
    return sum;
}

std::optional<std::string> Fleet::trouble() const {
    if (options_.miners == 0 || crew_->standing(clock_.steady_now()).have_ever_worked)
        return std::nullopt;
    return trouble_of(statistics_, options_);
}

std::string Fleet::status_line() {
    const auto now = clock_.steady_now();
    const auto standing = crew_->standing(now);
    return statistics_.status_line(standing.connected, standing.working, standing.oldest_wait, now);
}

std::string Fleet::finish() {
    timer_.cancel();
    for (const auto& link : links_) link->end();
    journal_.flush();
    statistics_.tips.finish();
    return statistics_.summary(clock_.steady_now(), clock_.unix_now());
}

}  // namespace loadgen
