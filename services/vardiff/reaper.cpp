#include "vardiff/reaper.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"

namespace vardiff {
namespace {

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string text_of(mining::Epoch epoch) {
    return std::to_string(epoch.value);
}

/// The epoch in "{p7}:ch:0123456789abcdef"; nothing for another key.
std::optional<mining::Epoch> epoch_of_channel(std::string_view key) {
    constexpr std::string_view tag = "}:ch:";
    constexpr std::size_t epoch_digits = 10;
    const auto at = key.find(tag);
    if (at == std::string_view::npos) return std::nullopt;
    const auto digits = key.substr(at + tag.size());
    if (digits.size() != 16) return std::nullopt;
    std::uint64_t epoch = 0;
    const auto* const end = digits.data() + epoch_digits;
    const auto [stop, error] = std::from_chars(digits.data(), end, epoch, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return mining::Epoch{epoch};
}

const redis::Reply::Array& items_of(const redis::Reply& scanned) {
    static const redis::Reply::Array none;
    const auto* parts = scanned.array();
    if (parts == nullptr || parts->size() != 2 || (*parts)[1].array() == nullptr) return none;
    return *(*parts)[1].array();
}

}  // namespace

Reaper::Reaper(redis::Client& client, Settings settings)
    : client_(client),
      settings_(settings),
      script_(std::string{ledger::scripts::reaping}),
      watch_(settings.watch) {}

Reaper::~Reaper() = default;

void Reaper::run(std::vector<ledger::SeenMember> members, base::SteadyTime now,
                 std::function<void(bool)> done) {
    if (std::exchange(is_running_, true)) return;
    members_ = std::move(members);
    now_ = now;
    done_ = std::move(done);
    found_.assign(settings_.partitions, {});
    for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition)
        add_step([this, partition] { look_at(partition, "0"); });
    add_step([this] {
        decide();
        next();
    });
    next();
}

/// The fields "7:sequence", "7:reaped" and "floor". The pattern leaves the outcomes in Redis, which
/// are large.
void Reaper::look_at(std::uint32_t partition, const std::string& cursor) {
    ask({"HSCAN", ledger::keys::gateways(partition), cursor, "MATCH", "*[:f][srl][eo][qao]*",
         "COUNT", std::to_string(settings_.scan_count)},
        [this, partition](const redis::Reply& reply) {
            auto& found = found_[partition];
            const auto& items = items_of(reply);
            for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
                if (items[i].string() == nullptr || items[i + 1].string() == nullptr) continue;
                const std::string_view field = *items[i].string();
                const auto value = to_number(*items[i + 1].string()).value_or(0);
                const auto colon = std::min(field.find(':'), field.size());
                const auto epoch = to_number(field.substr(0, colon));
                if (field == ledger::keys::reaped_floor)
                    found.floor = mining::Epoch{value};
                else if (epoch && field.substr(colon) == ":sequence")
                    found.sequences[mining::Epoch{*epoch}] = value;
                else if (epoch && field.substr(colon) == ":reaped")
                    found.marks.insert(mining::Epoch{*epoch});
            }
            const std::string following{reply.string_at(0)};
            if (following != "0" && !following.empty())
                steps_.push_front([this, partition, following] { look_at(partition, following); });
        });
}

bool Reaper::is_barred_everywhere(mining::Epoch epoch) const {
    return std::all_of(found_.begin(), found_.end(),
                       [epoch](const Found& found) { return found.is_barred(epoch); });
}

void Reaper::decide() {
    SignsOfLife seen;
    // What is barred already: left by a reaper that did not come to its end.
    std::set<mining::Epoch> gone;
    for (const auto& found : found_) {
        for (const auto& [epoch, sequence] : found.sequences) {
            seen.known[epoch] += sequence;
            if (found.is_barred(epoch)) gone.insert(epoch);
        }
        gone.insert(found.marks.begin(), found.marks.end());
    }
    for (const auto& [member, silent_for] : members_) {
        if (member.role != "gateway") continue;
        const mining::Epoch epoch{member.id};
        seen.known.try_emplace(epoch, 0);
        if (silent_for < settings_.beat_within) seen.beating.insert(epoch);
    }
    for (const auto epoch : watch_.look(seen, now_)) gone.insert(epoch);
    std::erase_if(gone, [this](mining::Epoch epoch) {
        const bool has_remains =
            std::any_of(found_.begin(), found_.end(), [epoch](const Found& found) {
                return found.sequences.contains(epoch) || found.marks.contains(epoch);
            });
        return !has_remains && is_barred_everywhere(epoch);
    });
    std::set<mining::Epoch> unfinished;
    for (const auto epoch : gone) {
        if (!is_barred_everywhere(epoch)) bar(epoch);
        const auto has_remains = [epoch](const Found& found) {
            return found.sequences.contains(epoch);
        };
        if (std::any_of(found_.begin(), found_.end(), has_remains)) unfinished.insert(epoch);
    }
    if (!unfinished.empty()) clean(unfinished);
    if (!gone.empty()) raise_floor(gone);
}

/// In every partition, also where it never was: it may have come there next.
void Reaper::bar(mining::Epoch epoch) {
    for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition)
        add_step([this, partition, epoch] {
            ask_script(partition, {"mark", text_of(epoch)}, [](const redis::Reply&) {});
        });
    add_step([this, epoch] {
        ++counters_.epochs;
        base::log_info("a gateway's epoch is reaped", {{"epoch", epoch.value}});
        for (const auto& [member, silent_for] : members_)
            if (member.role == "gateway" && member.id == epoch.value)
                ledger::leave(client_, member);
        next();
    });
}

/// What it left, its sequences last: as long as one is there, somebody comes back to it.
void Reaper::clean(const std::set<mining::Epoch>& epochs) {
    add_step([this, epochs] { scan_channels(epochs, "0"); });
    for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition)
        for (const auto epoch : epochs) {
            if (!found_[partition].sequences.contains(epoch)) continue;
            add_step([this, partition, epoch] { free_tips(partition, epoch); });
            add_step([this, partition, epoch] {
                ask_script(partition, {"end", text_of(epoch)}, [](const redis::Reply&) {});
            });
        }
}

void Reaper::free_tips(std::uint32_t partition, mining::Epoch epoch) {
    ask_script(partition, {"free", text_of(epoch)}, [this, partition, epoch](const auto& left) {
        if (left.integer() != nullptr && *left.integer() > 0)
            steps_.push_front([this, partition, epoch] { free_tips(partition, epoch); });
    });
}

void Reaper::scan_channels(const std::set<mining::Epoch>& epochs, const std::string& cursor) {
    const auto pattern = epochs.size() == 1
                             ? fmt::format("{{p*}}:ch:{:010x}??????", epochs.begin()->value)
                             : std::string{"{p*}:ch:*"};
    ask({"SCAN", cursor, "MATCH", pattern, "COUNT", std::to_string(settings_.scan_count)},
        [this, epochs](const redis::Reply& reply) {
            const std::string following{reply.string_at(0)};
            if (following != "0" && !following.empty())
                steps_.push_front([this, epochs, following] { scan_channels(epochs, following); });
            // One key a command: in a cluster they lie in different slots.
            for (const auto& item : items_of(reply)) {
                if (item.string() == nullptr) continue;
                const auto epoch = epoch_of_channel(*item.string());
                if (!epoch || !epochs.contains(*epoch)) continue;
                steps_.push_front([this, key = *item.string()] {
                    ask({"UNLINK", key}, [this](const redis::Reply& removed) {
                        if (removed.integer() != nullptr && *removed.integer() == 1)
                            ++counters_.channels;
                    });
                });
            }
        });
}

/// Below every epoch that lives, and not above the last that is gone.
void Reaper::raise_floor(const std::set<mining::Epoch>& gone) {
    std::optional<mining::Epoch> oldest_alive;
    const auto meet = [&](mining::Epoch epoch) {
        if (gone.contains(epoch) || is_barred_everywhere(epoch)) return;
        if (!oldest_alive || epoch < *oldest_alive) oldest_alive = epoch;
    };
    for (const auto& found : found_)
        for (const auto& [epoch, sequence] : found.sequences) meet(epoch);
    for (const auto& [member, silent_for] : members_)
        if (member.role == "gateway") meet(mining::Epoch{member.id});
    const auto last_gone = *gone.rbegin();
    const auto floor = oldest_alive && *oldest_alive <= last_gone
                           ? mining::Epoch{oldest_alive->value - 1}
                           : last_gone;
    for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition) {
        redis::Args args{"floor", text_of(floor)};
        for (const auto epoch : gone)
            if (epoch <= floor) args.push_back(text_of(epoch));
        if (args.size() == 2) continue;
        add_step(
            [this, partition, args] { ask_script(partition, args, [](const redis::Reply&) {}); });
    }
}

void Reaper::next() {
    if (steps_.empty()) return end(true);
    const auto step = std::move(steps_.front());
    steps_.pop_front();
    step();
}

void Reaper::end(bool is_whole) {
    steps_.clear();
    is_running_ = false;
    ++counters_.rounds;
    if (!is_whole) ++counters_.failed_rounds;
    std::exchange(done_, {})(is_whole);
}

void Reaper::ask(redis::Args args, Then then) {
    client_.command(std::move(args), [this, then = std::move(then), alive = std::weak_ptr{alive_}](
                                         const base::Result<redis::Reply, redis::Error>& reply) {
        if (alive.expired()) return;
        if (!reply) return end(false);
        then(*reply);
        next();
    });
}

void Reaper::ask_script(std::uint32_t partition, redis::Args args, Then then) {
    args.insert(args.begin(), ledger::keys::partition_prefix(partition));
    redis::eval(
        client_, script_, {ledger::keys::gateways(partition), ledger::keys::tips(partition)}, args,
        [this, then = std::move(then),
         alive = std::weak_ptr{alive_}](const base::Result<redis::Reply, redis::Error>& reply) {
            if (alive.expired()) return;
            if (!reply) return end(false);
            then(*reply);
            next();
        });
}

}  // namespace vardiff
