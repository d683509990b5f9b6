#include "loadgen/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "loadgen/misbehaviour.h"

namespace loadgen {
namespace {

namespace asio = boost::asio;

// So many turns, and the sockets are looked at again.
constexpr int turns_at_once = 64;
// Who leaves and comes back has a shorter life than who stays.
constexpr auto churn_away = std::chrono::seconds{3};

/// Hash rates spread evenly over the orders of magnitude between the two.
double hash_rate_of(const Options& options, std::size_t number, std::size_t count) {
    const auto place =
        count < 2 ? 0.0 : static_cast<double>(number) / static_cast<double>(count - 1);
    return options.hash_rate_min_hps *
           std::pow(options.hash_rate_max_hps / options.hash_rate_min_hps, place);
}

/// A loopback address of its own for each few hundred connections: what a pool allows one address
/// is not what is measured. Nothing where that is not wanted.
asio::ip::address source_of(const Options& options, std::size_t number, unsigned group) {
    if (!options.spreads_addresses) return {};
    const auto place = static_cast<unsigned>(number % options.addresses);
    return asio::ip::address_v4{(127U << 24) | (group << 16) | ((place / 250) << 8) |
                                (place % 250 + 1)};
}

}  // namespace

Fleet::Fleet(asio::io_context& loop, const Options& options, const base::Clock& clock,
             base::Random& random)
    : loop_(loop),
      clock_(clock),
      random_(random),
      statistics_(clock.steady_now()),
      journal_(options.journal_path, clock),
      context_{.journal = journal_,
               .statistics = statistics_,
               .random = random,
               .gap_min = options.gap_min},
      pool_(options.pool),
      hooks_{.before_sending = [this] { journal_.flush(); },
             .rescheduled = [this](Link& link) { schedule(link); }},
      timer_(loop) {
    const auto now = clock_.steady_now();
    add_miners(options, now);
    add_misbehaving(options, now);
}

void Fleet::add_miners(const Options& options, base::SteadyTime now) {
    const auto count = options.miners + options.joiners;
    for (std::size_t i = 0; i < count; ++i) {
        Sv1Plan plan{.user = fmt::format("{}.{}", options.user, i + 1),
                     .style = &sv1_style(i),
                     .hash_rate_hps = hash_rate_of(
                         options, i % std::max<std::size_t>(options.miners, 1), options.miners)};
        if (options.share_rate > 0)
            plan.shares_per_second = options.share_rate / static_cast<double>(count);
        if (options.suggests_for_shares_per_minute > 0) {
            // What a firmware believes of itself is not what it has.
            constexpr std::array believes{1.0, 4.0, 0.25, 2.0, 0.5};
            const auto hashes = plan.hash_rate_hps * 60 / options.suggests_for_shares_per_minute;
            plan.fitting_difficulty = hashes / 0x1p32;
            plan.suggested_difficulty =
                plan.fitting_difficulty * believes[(i / sv1_style_count) % believes.size()];
        }
        if (i < options.duplicating) plan.duplicates_every = 10;
        if (i >= options.miners - std::min(options.miners, options.wrong_workers) &&
            i < options.miners)
            plan.wrong_worker_every = 10;
        if (i >= options.miners) {
            plan.stays = options.stays;
            plan.away = churn_away;
        }
        if (i == 0 && options.fast_hps > 0) plan.hash_rate_hps = options.fast_hps;
        auto miner = std::make_unique<Sv1Miner>(context_, std::move(plan), now);
        miners_.push_back(miner.get());
        const auto place = static_cast<double>(i) / static_cast<double>(count);
        add(std::move(miner), source_of(options, i, 1),
            now + std::chrono::duration_cast<base::SteadyTime::duration>(options.ramp * place));
    }
}

void Fleet::add_misbehaving(const Options& options, base::SteadyTime now) {
    unsigned group = 2;
    for (const auto& [kind, count] : options.misbehaving) {
        for (std::size_t i = 0; i < count; ++i)
            add(loadgen::misbehaving(kind, fmt::format("{}.bad{}", options.user, i),
                                     options.flood_rate, statistics_, random_),
                source_of(options, i, group), now);
        ++group;
    }
}

void Fleet::add(std::unique_ptr<Peer> peer, const asio::ip::address& from,
                base::SteadyTime joins_at) {
    auto link = std::make_shared<Link>(loop_, Link::Settings{.pool = pool_, .from = from},
                                       std::move(peer), joins_at, clock_, hooks_);
    links_.push_back(link);
    schedule(*link);
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
    for (int i = 0; i < turns_at_once && !turns_.empty() && turns_.top().at <= now; ++i) {
        const auto turn = turns_.top();
        turns_.pop();
        if (turn.number != turn.link->turn) continue;
        turn.link->turn_at = Peer::never;
        turn.link->on_due();
    }
    arm();
}

void Fleet::stop_mining() {
    context_.is_ending = true;
}

std::uint64_t Fleet::waiting() const {
    std::uint64_t sum = 0;
    for (const auto& [intent, counts] : statistics_.shares) sum += counts.waiting();
    return sum;
}

std::string Fleet::status_line() {
    const auto now = clock_.steady_now();
    base::SteadyTime::duration oldest{};
    std::size_t connected = 0;
    std::size_t working = 0;
    for (const auto* miner : miners_) {
        connected += miner->is_connected() ? 1U : 0U;
        working += miner->is_working() ? 1U : 0U;
        if (const auto since = miner->unanswered_since()) oldest = std::max(oldest, now - *since);
    }
    return statistics_.status_line(connected, working, oldest, now);
}

std::string Fleet::finish() {
    timer_.cancel();
    for (const auto& link : links_) link->end();
    journal_.flush();
    statistics_.tips.finish();
    return statistics_.summary(clock_.steady_now(), clock_.unix_now());
}

}  // namespace loadgen
