#include "share_log/projector.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"

namespace share_log {
namespace {

using Answer = base::Result<redis::Reply, redis::Error>;

const std::string* text_at(const redis::Reply& reply, std::size_t at) {
    const auto* items = reply.array();
    return items == nullptr || at >= items->size() ? nullptr : (*items)[at].string();
}

/// What was stored and what is added; nothing when what was stored is damaged.
std::optional<std::string> added(const std::string* stored, Sums sums) {
    if (stored != nullptr) {
        const auto before = decode_sums(*stored);
        if (!before) return std::nullopt;
        sums += *before;
    }
    return encode_sums(sums);
}

/// The sums and the channels, in the order of their values.
redis::Args keys_of(std::uint32_t partition, const Additions& additions) {
    redis::Args keys{ledger::keys::sums(partition)};
    for (const auto& [channel, sums] : additions.channels)
        keys.push_back(ledger::keys::channel(partition, channel));
    return keys;
}

/// The new value of each name and channel, after a number that says how many names there are;
/// nothing when something stored is damaged. `stored` has what `additions` asked for, in its
/// order, from its third item on. A name that is new finds room, or its shares go to the others.
std::optional<redis::Args> new_values(const Additions& additions, const redis::Reply& stored,
                                      std::uint64_t room) {
    std::size_t at = 2;
    std::map<std::string, const std::string*> before;
    for (const auto& [name, sums] : additions.names) before[name] = text_at(stored, at++);
    std::map<std::string, Sums> kept;
    for (const auto& [name, sums] : additions.names) {
        const auto others = name.substr(0, other_identities.size());
        if (sums == Sums{}) continue;
        const bool is_new = before.at(name) == nullptr && name != others;
        if (is_new && room == 0) {
            kept[others] += sums;
        } else {
            if (is_new) --room;
            kept[name] += sums;
        }
    }
    redis::Args args{std::to_string(kept.size())};
    for (const auto& [name, sums] : kept) {
        auto value = added(before.at(name), sums);
        if (!value) return std::nullopt;
        args.insert(args.end(), {name, std::move(*value)});
    }
    for (const auto& [channel, sums] : additions.channels) {
        auto value = added(text_at(stored, at++), sums);
        if (!value) return std::nullopt;
        args.push_back(std::move(*value));
    }
    return args;
}

}  // namespace

std::string to_text(const Position& position) {
    return position.id + ' ' + std::to_string(position.bytes);
}

std::optional<Position> position_from(std::string_view text) {
    Position position;
    if (text.empty()) return position;
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    position.id = text.substr(0, space);
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + space + 1, end, position.bytes);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return position;
}

Projector::Projector(boost::asio::io_context& loop, redis::Client& client, Settings settings)
    : client_(client),
      settings_(settings),
      script_(std::string{ledger::scripts::sums}),
      follower_(loop, client,
                {.partition = settings.partition,
                 .page_size = settings.page_size,
                 .poll_interval = settings.poll_interval},
                [this](const Page& page) { take(page); }),
      timer_(loop) {}

void Projector::start() {
    find_place();
}

void Projector::find_place() {
    redis::eval(client_, script_, {ledger::keys::sums(settings_.partition)}, {"read"},
                [this, alive = std::weak_ptr{alive_}](const Answer& answer) {
                    if (alive.expired()) return;
                    if (answer) return move_to(answer->string_at(0));
                    timer_.expires_after(settings_.poll_interval);
                    timer_.async_wait([this, alive](const boost::system::error_code& error) {
                        if (!error && !alive.expired()) find_place();
                    });
                });
}

void Projector::move_to(std::string_view place) {
    if (const auto position = position_from(place)) return follower_.start(*position);
    base::log_error("the sums of shares have no readable place; repair or delete the key",
                    {{"key", ledger::keys::sums(settings_.partition)}, {"at", std::string{place}}});
    counters_.is_stuck = true;
}

void Projector::take(const Page& page) {
    Additions additions;
    for (const auto& entry : page.entries) {
        const auto record = decode_record(entry.record, entry.duplicates);
        if (!record) return stand_still(entry.position.id);
        add(additions, *record);
    }
    if (page.entries.empty()) return stand_still(page.unreadable_id.value_or(""));
    // Who finds no room goes to these, so their sums are wanted, too.
    additions.names[std::string{other_identities}];
    additions.names[std::string{other_workers}];
    redis::Args args{"read"};
    for (const auto& [name, sums] : additions.names) args.push_back(name);
    const auto keys = keys_of(settings_.partition, additions);
    redis::eval(client_, script_, keys, args,
                [this, page, additions = std::move(additions),
                 alive = std::weak_ptr{alive_}](const Answer& answer) {
                    if (alive.expired()) return;
                    if (!answer) return follower_.again();
                    advance(page, additions, *answer);
                });
}

void Projector::advance(const Page& page, const Additions& additions, const redis::Reply& stored) {
    const auto place = stored.string_at(0);
    if (position_from(place) != follower_.position()) {
        ++counters_.moved;
        return move_to(place);
    }
    const auto& end = page.entries.back().position;
    const auto* fields = stored.array()->size() > 1 ? (*stored.array())[1].integer() : nullptr;
    const auto held = fields == nullptr ? settings_.names_max : static_cast<std::uint64_t>(*fields);
    const auto room = settings_.names_max - std::min(settings_.names_max, held);
    const auto values = new_values(additions, stored, room);
    if (!values) return stand_still("sums");
    redis::Args args{"advance", std::string{place}, to_text(end)};
    args.insert(args.end(), values->begin(), values->end());
    redis::eval(client_, script_, keys_of(settings_.partition, additions), args,
                [this, records = page.entries.size(), gap = page.gap,
                 alive = std::weak_ptr{alive_}](const Answer& answer) {
                    if (alive.expired()) return;
                    // Whether it was written is found out when the page is read again.
                    if (!answer || answer->string_at(0) != "OK") return follower_.again();
                    counters_.records += records;
                    counters_.is_stuck = false;
                    if (gap) say_missed(*gap);
                    follower_.go_on();
                });
}

void Projector::say_missed(const Gap& gap) {
    counters_.bytes_missed += gap.bytes_missing;
    base::log_error(gap.is_rollback ? "the share log is older than the sums made of it"
                                    : "the share log was trimmed before it was summed up",
                    {{"partition", settings_.partition}, {"bytes", gap.bytes_missing}});
}

void Projector::stand_still(const std::string& what) {
    if (!std::exchange(counters_.is_stuck, true))
        base::log_error("the sums of shares stand still at what they cannot read",
                        {{"partition", settings_.partition}, {"at", what}});
    follower_.again();
}

}  // namespace share_log
