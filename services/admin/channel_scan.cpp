#include "admin/channel_scan.h"

#include <charconv>
#include <utility>

#include "base/integer.h"
#include "bitcoin/uint256.h"
#include "ledger/channel_fields.h"

namespace admin {
namespace {

/// So many keys are looked at in a step: Redis does nothing else meanwhile.
constexpr const char* keys_in_step = "512";

struct Key {
    std::uint32_t partition = 0;
    mining::ChannelKey channel{};
};

/// "{p7}:ch:0123456789abcdef"
std::optional<Key> parse_key(std::string_view key) {
    constexpr std::string_view middle = "}:ch:";
    const auto end = key.find(middle);
    if (!key.starts_with("{p") || end == std::string_view::npos) return std::nullopt;
    const auto partition = base::parse_integer<std::uint32_t>(key.substr(2, end - 2));
    const auto name = key.substr(end + middle.size());
    const auto channel = base::parse_integer<std::uint64_t>(name, 16);
    if (!partition || !channel || name.size() != 16) return std::nullopt;
    return Key{*partition, mining::ChannelKey{*channel}};
}

double parse_double(std::string_view text) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

std::optional<ChannelFacts> read_channel(std::string_view key, const redis::Reply& hash) {
    const auto place = parse_key(key);
    const auto target = bitcoin::Uint256::from_be_hex(ledger::whole_value(hash, "target"));
    if (!place || !target) return std::nullopt;
    ChannelFacts facts;
    facts.key = place->channel;
    facts.partition = place->partition;
    facts.kind = ledger::whole_value(hash, "kind") == "standard" ? mining::ChannelKind::standard
                                                                 : mining::ChannelKind::extended;
    facts.user_identity = ledger::whole_value(hash, "user_identity");
    facts.nominal_hash_rate = parse_double(ledger::whole_value(hash, "nominal_hash_rate"));
    facts.target = bitcoin::Target{*target};
    facts.sums = share_log::decode_sums(ledger::whole_value(hash, "shares"));
    return facts;
}

ChannelScan::ChannelScan(redis::Client& client, OnChannel on_channel, std::function<void()> done,
                         std::function<void()> retry)
    : client_(client),
      on_channel_(std::move(on_channel)),
      done_(std::move(done)),
      retry_(std::move(retry)) {}

void ChannelScan::start() {
    scan("0");
}

void ChannelScan::scan(const std::string& cursor) {
    client_.command({"SCAN", cursor, "MATCH", "{p*}:ch:*", "COUNT", keys_in_step},
                    [this, alive = std::weak_ptr{alive_}](const auto& reply) {
                        if (alive.expired()) return;
                        if (!reply || reply->array() == nullptr || reply->array()->size() != 2)
                            return retry_();
                        std::vector<std::string> keys;
                        const auto& found = (*reply->array())[1];
                        const auto count = found.array() == nullptr ? 0 : found.array()->size();
                        for (std::size_t i = 0; i < count; ++i)
                            keys.emplace_back(found.string_at(i));
                        read(keys, std::string{reply->string_at(0)});
                    });
}

void ChannelScan::read(const std::vector<std::string>& keys, const std::string& cursor) {
    next_cursor_ = cursor;
    has_failed_ = false;
    pending_ = keys.size();
    if (keys.empty()) return on_all_read();
    for (const auto& key : keys)
        client_.command({"HGETALL", key},
                        [this, key, alive = std::weak_ptr{alive_}](const auto& hash) {
                            if (!alive.expired()) on_hash(key, hash);
                        });
}

void ChannelScan::on_hash(const std::string& key,
                          const base::Result<redis::Reply, redis::Error>& hash) {
    if (!hash) {
        has_failed_ = true;
    } else if (auto facts = read_channel(key, *hash)) {
        on_channel_(*std::move(facts));
    }
    if (--pending_ == 0) on_all_read();
}

void ChannelScan::on_all_read() {
    if (has_failed_) return retry_();
    // Its callback ends us.
    if (next_cursor_ == "0") return std::exchange(done_, nullptr)();
    scan(next_cursor_);
}

}  // namespace admin
