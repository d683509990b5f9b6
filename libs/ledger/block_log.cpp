#include "ledger/block_log.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/integer.h"
#include "ledger/keys.h"

namespace ledger {
namespace {

std::int64_t micros(base::UnixMicros at) {
    return at.time_since_epoch().count();
}

redis::Args fields_of(const BlockEntry& entry) {
    return {"id",       name_of(entry),
            "hash",     entry.hash.value.to_be_hex(),
            "event",    entry.event,
            "number",   std::to_string(entry.number),
            "time_us",  std::to_string(micros(entry.at)),
            "replica",  entry.replica,
            "node",     entry.node,
            "reason",   entry.reason,
            "height",   std::to_string(entry.height),
            "template", std::to_string(entry.template_ref.value),
            "channel",  keys::channel_name(entry.channel),
            "user",     entry.user_identity,
            "value",    std::to_string(entry.value_sat),
            "found_us", std::to_string(micros(entry.found_at))};
}

using Fields = std::map<std::string_view, std::string_view>;

template <class Int>
std::optional<Int> number(const Fields& fields, std::string_view name, int radix = 10) {
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return base::parse_integer<Int>(found->second, radix);
}

std::optional<base::UnixMicros> moment(const Fields& fields, std::string_view name) {
    const auto value = number<std::int64_t>(fields, name);
    if (!value) return std::nullopt;
    return base::UnixMicros{std::chrono::microseconds{*value}};
}

}  // namespace

std::string name_of(const BlockEntry& entry) {
    return fmt::format("{}-{}-{}-{}", entry.replica, entry.hash.value.to_be_hex(), entry.number,
                       micros(entry.at));
}

void append_block_entry(redis::Client& client, const BlockEntry& entry, std::size_t length_max,
                        const Durability& durability,
                        std::function<void(std::optional<std::string> failure)> done) {
    redis::Args args{"XADD", keys::blocks, "MAXLEN", "~", std::to_string(length_max), "*"};
    for (auto& field : fields_of(entry)) args.push_back(std::move(field));
    if (durability.replicas == 0)
        return client.command(std::move(args), [done = std::move(done)](const auto& answer) {
            done(answer ? std::nullopt : std::optional{answer.error().text});
        });
    client.command_then_wait(
        std::move(args), durability.replicas, durability.wait_timeout,
        [done = std::move(done), asked = durability.replicas](const auto& answer) {
            if (!answer) return done(answer.error().text);
            if (answer->replicas < asked)
                return done(
                    fmt::format("{} of {} replicas of Redis have it", answer->replicas, asked));
            done(std::nullopt);
        });
}

std::optional<BlockEntry> read_block_entry(const redis::Reply& reply) {
    Fields fields;
    const auto size = reply.array() == nullptr ? 0 : reply.array()->size();
    for (std::size_t i = 0; i + 1 < size; i += 2)
        fields.insert_or_assign(reply.string_at(i), reply.string_at(i + 1));
    const auto hash = bitcoin::Uint256::from_be_hex(fields["hash"]);
    const auto at = moment(fields, "time_us");
    const auto found_at = moment(fields, "found_us");
    const auto height = number<std::uint32_t>(fields, "height");
    if (!hash || !at || !found_at || !height || fields["event"].empty()) return std::nullopt;
    BlockEntry entry;
    entry.hash.value = *hash;
    entry.event = fields["event"];
    entry.number = number<std::uint64_t>(fields, "number").value_or(0);
    entry.at = *at;
    entry.replica = fields["replica"];
    entry.node = fields["node"];
    entry.reason = fields["reason"];
    entry.height = *height;
    entry.template_ref.value = number<std::uint64_t>(fields, "template").value_or(0);
    entry.channel.value = number<std::uint64_t>(fields, "channel", 16).value_or(0);
    entry.user_identity = fields["user"];
    entry.value_sat = number<std::uint64_t>(fields, "value").value_or(0);
    entry.found_at = *found_at;
    return entry;
}

}  // namespace ledger
