#include "simulation/redis/ledger_traffic.h"

#include <fmt/format.h>

#include "ledger/bans.h"
#include "ledger/block_log.h"
#include "ledger/epoch.h"
#include "ledger/keys.h"
#include "ledger/members.h"
#include "ledger/pool_config.h"
#include "ledger/readers.h"
#include "ledger/requests.h"
#include "ledger/scripts.h"
#include "ledger/template_lease.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t partitions = 2;
constexpr std::uint64_t epochs = 4;

bitcoin::BlockHash hash_of(std::uint64_t number) {
    bitcoin::BlockHash hash;
    for (std::size_t i = 0; i < 32; ++i)
        hash.value.bytes[i] = static_cast<std::uint8_t>(number >> (8 * (i % 8)));
    return hash;
}

std::vector<ledger::LedgerSettings> kinds_of_ledger() {
    ledger::LedgerSettings usual;
    ledger::LedgerSettings tight;  // little is kept, and readers are soon too far behind
    tight.log = {.keep = 300ms, .keep_read = 100ms, .bytes_max = 60'000};
    ledger::LedgerSettings timeless;
    timeless.log.keep = 0ms;
    return {usual, tight, timeless};
}

}  // namespace

LedgerTraffic::LedgerTraffic(redis::Client& client, base::Random& random)
    : client_(client), random_(random) {
    for (const auto& settings : kinds_of_ledger()) ledgers_.emplace_back(client, settings);
}

std::string LedgerTraffic::pick(std::initializer_list<const char*> words) {
    return *(words.begin() + below(words.size()));
}

void LedgerTraffic::script(std::string_view text, const redis::Args& keys,
                           const redis::Args& args) {
    redis::eval(client_, redis::Script{std::string{text}}, keys, args, [](const auto&) {});
}

const std::vector<LedgerTraffic::Act>& LedgerTraffic::acts() {
    static const std::vector<Act> all{{"commit", 40, &LedgerTraffic::commit},
                                      {"log", 8, &LedgerTraffic::read_log},
                                      {"reap", 4, &LedgerTraffic::reap},
                                      {"sums", 4, &LedgerTraffic::sum},
                                      {"members", 3, &LedgerTraffic::meet_members},
                                      {"lease", 4, &LedgerTraffic::lease},
                                      {"request", 4, &LedgerTraffic::request},
                                      {"ban", 4, &LedgerTraffic::ban},
                                      {"templates", 4, &LedgerTraffic::keep_templates},
                                      {"block", 4, &LedgerTraffic::write_block},
                                      {"plain", 8, &LedgerTraffic::ask_plainly}};
    return all;
}

std::vector<std::string> LedgerTraffic::kinds() {
    std::vector<std::string> names;
    for (const auto& act : acts()) names.emplace_back(act.name);
    return names;
}

std::string LedgerTraffic::step() {
    std::uint64_t all = 0;
    for (const auto& act : acts()) all += act.weight;
    auto drawn = below(all);
    for (const auto& act : acts()) {
        if (drawn < act.weight) {
            (this->*act.act)();
            return act.name;
        }
        drawn -= act.weight;
    }
    return {};
}

ledger::ChannelChange LedgerTraffic::some_change(std::uint64_t epoch) {
    const auto key =
        *mining::ChannelKey::of(mining::Epoch{epoch}, static_cast<std::uint32_t>(below(4)));
    const ledger::ChannelFields fields{{"user_identity", pick({"alice", "bob.rig", ""})},
                                       {"target", std::string(below(2) == 0 ? 64 : 70, 'f')}};
    switch (below(3)) {
        case 0: return ledger::ChannelOpened{key, fields};
        case 1: return ledger::ChannelChanged{key, {{"target", std::to_string(below(100))}}};
        default: return ledger::ChannelClosed{key};
    }
}

ledger::Commit LedgerTraffic::some_batch(std::uint64_t epoch, std::uint64_t sequence) {
    ledger::Commit batch;
    batch.epoch = mining::Epoch{epoch};
    batch.sequence = sequence;
    if (below(8) == 0) ++tips_;
    for (std::uint64_t tip = tips_ - below(3); tip <= tips_; ++tip)
        batch.live_tips.push_back(hash_of(tip));
    batch.shares = static_cast<std::uint32_t>(below(6));
    for (std::uint32_t place = 0; place < batch.shares; ++place)
        if (below(5) != 0)
            batch.credited.push_back({place, hash_of(tips_ - below(2)), hash_of(1000 + below(60))});
    for (auto changes = below(3); changes > 0; --changes)
        batch.changes.push_back(some_change(epoch));
    const std::size_t sizes[] = {0, 7, 60, 63, 64, 200, 900, 4'000, 4'090, 9'000};
    batch.record = std::string(sizes[below(std::size(sizes))], 'r');
    if (below(10) == 0) batch.record = std::to_string(below(1U << 31U));
    batch.outcome = fmt::format("outcome {}/{} {}", epoch, sequence, std::string(below(80), '.'));
    return batch;
}

void LedgerTraffic::commit() {
    const auto partition = static_cast<std::uint32_t>(below(partitions));
    const auto epoch = 1 + below(epochs);
    auto& history = sent_[{partition, epoch}];
    const auto last = history.empty() ? 0 : history.back().sequence;
    ledger::Commit batch;
    if (history.empty() || below(4) != 0) {
        batch = some_batch(epoch, last + 1 + (below(10) == 0 ? 1 + below(3) : 0));
        batch.partition = partition;
        history.push_back(batch);
    } else {
        batch = history[history.size() - 1 - (below(4) == 0 ? below(history.size()) : 0)];
    }
    ledgers_[below(ledgers_.size())].commit(batch, [](const auto&) {});
}

void LedgerTraffic::read_log() {
    const auto partition = static_cast<std::uint32_t>(below(partitions));
    const auto name = pick({"auditor", "vardiff", "export"});
    const auto nothing = [](const auto&) {};
    switch (below(6)) {
        case 0:
            return ledger::register_reader(
                client_, partition, name,
                below(3) == 0 ? ledger::ReaderKind::required : ledger::ReaderKind::optional,
                below(2) == 0 ? ledger::ReaderStart::oldest : ledger::ReaderStart::newest, nothing);
        case 1: return ledger::unregister_reader(client_, partition, name, nothing);
        case 2: return ledger::list_readers(client_, partition, nothing);
        default:
            client_.command(
                {"XREVRANGE", ledger::keys::log(partition), "+", "-", "COUNT",
                 std::to_string(1 + below(40))},
                [this, partition, name](const base::Result<redis::Reply, redis::Error>& page) {
                    if (!page || page->array() == nullptr || page->array()->empty()) return;
                    const std::string id{page->array()->back().string_at(0)};
                    ledger::acknowledge(client_, partition, name,
                                        below(10) == 0 ? "99999999999999-0" : id,
                                        [](const auto&) {});
                    client_.command({"XRANGE", ledger::keys::log(partition), "(" + id, "+", "COUNT",
                                     std::to_string(below(5))},
                                    [](const auto&) {});
                });
    }
}

void LedgerTraffic::reap() {
    const auto partition = static_cast<std::uint32_t>(below(partitions));
    // Seldom one that goes on: it would be refused for ever.
    const auto epoch = std::to_string(below(12) == 0 ? 1 + below(epochs) : 100 + below(3));
    redis::Args args{ledger::keys::partition_prefix(partition),
                     pick({"mark", "free", "free", "free", "end", "floor"}), epoch};
    if (args[1] == "floor") args = {args[0], args[1], std::to_string(below(2)), epoch, "101"};
    script(ledger::scripts::reaping,
           {ledger::keys::gateways(partition), ledger::keys::tips(partition)}, args);
    if (below(3) == 0) {
        // An epoch that is gone and has left something.
        auto batch = some_batch(100 + below(3), 1);
        batch.partition = partition;
        ledgers_[0].commit(batch, [](const auto&) {});
    }
}

void LedgerTraffic::sum() {
    const auto partition = static_cast<std::uint32_t>(below(partitions));
    const auto channel = ledger::keys::channel(
        partition, *mining::ChannelKey::of(mining::Epoch{1 + below(epochs)},
                                           static_cast<std::uint32_t>(below(4))));
    redis::Args keys{ledger::keys::sums(partition), channel};
    if (below(2) == 0) return script(ledger::scripts::sums, keys, {"read", "alice", "bob", "none"});
    const std::size_t sizes[] = {1, 63, 64, 65, 128, 200};
    const std::string places[] = {"", "1-1 10", "2-2 20"};
    script(ledger::scripts::sums, keys,
           {"advance", places[below(3)], places[1 + below(2)], "1", pick({"alice", "bob"}),
            std::to_string(below(1000)), std::string(sizes[below(std::size(sizes))], 's')});
}

void LedgerTraffic::meet_members() {
    const ledger::Member member{pick({"gateway", "vardiff"}), below(3), "host:1"};
    if (below(4) == 0) return ledger::leave(client_, member);
    if (below(3) == 0) return ledger::list_members(client_, [](const auto&) {});
    script(ledger::scripts::members, {ledger::keys::members},
           {"beat", member.role + "/" + std::to_string(member.id), std::to_string(200)});
}

void LedgerTraffic::lease() {
    const ledger::TemplateLease lease{client_, pick({"a", "b"}), 50ms, {}};
    const mining::Epoch epoch{below(2) == 0 ? 5 : 1U << 20U};
    const auto nothing = [](const auto&) {};
    switch (below(5)) {
        case 0: return lease.take(epoch, nothing);
        case 1: return lease.confirm(epoch, nothing);
        case 2: return lease.release(epoch, nothing);
        case 3:
            return lease.take(mining::Epoch{0}, [lease](const auto& taken) {
                if (taken) lease.renew(taken->epoch, [](const auto&) {});
            });
        default: return ledger::take_epoch(client_, ledger::EpochKind::gateway, {}, nothing);
    }
}

void LedgerTraffic::request() {
    ledger::OperatorRequest request;
    request.id = pick({"one", "two"});
    request.digest = pick({"d", "d", "d", "e"});
    request.actor = "admin";
    request.method = "SetBan";
    request.request = std::string(below(200), 'q');
    ledger::claim_request(
        client_, {}, request, pick({"here", "there"}), [this, id = request.id](const auto& claim) {
            if (!claim || below(2) == 0) return;
            const auto* claimed = std::get_if<ledger::Claimed>(&*claim);
            if (claimed == nullptr) return;
            ledger::finish_request(
                client_, id, claimed->entry, {"OK", "done", "response"},
                below(2) == 0 ? ledger::AfterRequest::keep : ledger::AfterRequest::forget,
                [](const auto&) {});
        });
    if (below(4) == 0) ledger::read_audit(client_, "", 3, [](const auto&) {});
}

void LedgerTraffic::ban() {
    const auto nothing = [](const auto&) {};
    const ledger::BanSubject subject{std::string{pick({"alice", "bob", "carol"})}};
    switch (below(4)) {
        case 0: return ledger::remove_ban(client_, subject, nothing);
        case 1: return ledger::list_bans(client_, nothing);
        case 2: return ledger::follow_bans(client_, std::to_string(below(6)), nothing);
        default:
            ledger::Ban ban{subject, std::string(below(3) * 40, 'b'), std::nullopt};
            if (below(2) == 0)
                ban.until = base::UnixMicros{std::chrono::seconds{1'764'201'600 + below(30)}};
            return ledger::set_ban(client_, ban, nothing);
    }
}

void LedgerTraffic::keep_templates() {
    const auto name = [](std::uint64_t n) { return "{tpl}:" + std::to_string(n); };
    const auto nothing = [](const auto&) {};
    const auto record = name(below(3));
    switch (below(5)) {
        case 0:
            client_.command({"HSET", record, "packs", name(10 + below(2)) + " " + name(12)},
                            nothing);
            return client_.command({"PEXPIRE", record, "80"}, nothing);
        case 1:
            return client_.command(
                {"SET", name(10 + below(3)), std::string(below(100), 'p'), "PX", "90"}, nothing);
        case 2: return client_.command({"MGET", name(10), record, name(12)}, nothing);
        case 3:
            return script(ledger::scripts::store_template, {record, name(10 + below(3)), name(12)},
                          {"80", "template", "places", name(10) + " " + name(12)});
        default:
            return script(ledger::scripts::keep_templates, {name(0), name(1), name(2)},
                          {std::to_string(50 + below(50))});
    }
}

void LedgerTraffic::write_block() {
    ledger::BlockEntry entry;
    entry.hash = hash_of(below(5));
    entry.event = pick({"found", "accepted", "orphaned"});
    entry.reason = std::string(below(30), 'x');
    ledger::append_block_entry(client_, entry, 5, {}, [](const auto&) {});
    base::SeededRandom key{random_.next_u64()};
    if (below(3) == 0) ledger::load_pool_config(client_, key, 2, {}, [](const auto&) {});
}

void LedgerTraffic::ask_plainly() {
    const auto partition = static_cast<std::uint32_t>(below(partitions));
    const auto key = "plain:" + std::to_string(below(4));
    const auto number = std::to_string(below(200));
    const redis::Args commands[] = {
        {"SET", key, number},
        {"SET", key, "text", "NX", "EX", "1"},
        {"GET", key},
        {"INCR", key},
        {"INCRBY", key, "9223372036854775807"},
        {"HSET", key, number, "v", "w"},
        {"HSET", key, number, std::string(below(80), 'v')},
        {"hset", key, "a", "1", "b", "2"},
        {"HINCRBY", key, number, "3"},
        {"HDEL", key, number, "a", "b", "v"},
        {"HLEN", key},
        {"HVALS", key},
        {"HKEYS", key},
        {"HEXISTS", key, "a"},
        {"SADD", key, number, "m", "m"},
        {"SREM", key, number, "m"},
        {"SCARD", key},
        {"SISMEMBER", key, number},
        {"SMEMBERS", key},
        {"ZADD", key, number, "m", "1.5", "n", "-3e20", "o"},
        {"ZADD", key, "one", "m"},
        {"ZREM", key, "m", "n"},
        {"ZCARD", key},
        {"ZRANGE", key, "0", "-1", "WITHSCORES"},
        {"ZREVRANGE", key, "-2", "5"},
        {"ZREMRANGEBYSCORE", key, "(1", "+inf"},
        {"XADD", key, "MAXLEN", "~", number, "*", "f", number},
        {"XADD", key, "*", "f"},
        {"XTRIM", key, "MINID", "~", "1764201600050", "LIMIT", "0"},
        {"XRANGE", key, "-", "+", "COUNT", "0"},
        {"XRANGE", key, "no", "+"},
        {"XLEN", key},
        {"DEL", key, "plain:9"},
        {"UNLINK", key},
        {"EXISTS", key, key, "none"},
        {"TYPE", key},
        {"EXPIRE", key, "1"},
        {"EXPIRE", key, "x"},
        {"PEXPIRE", key, "-1"},
        {"TTL", key},
        {"PTTL", key},
        {"MGET", key, "plain:0", "none"},
        {"TIME"},
        {"PING"},
        {"GET"},
        {"HSCAN", key, "0", "MATCH", "[0-4]*", "COUNT", "1000"},
        {"HSCAN", key, "no"},
        {"SCAN", "0", "MATCH", "plain:*", "COUNT", "100000"},
        {"HSCAN", ledger::keys::gateways(partition), "0", "MATCH", "*[:f][srl][eo][qao]*", "COUNT",
         "10000"},
        {"EVAL", "return {1, 2.9, 'three', true, false, {ok='fine'}, {1, {2}}, nil, 4}", "0"},
        {"EVAL", "return redis.call('GET', KEYS[1])", "1", key},
        {"EVAL", "return redis.pcall('HGETALL', KEYS[1])", "1", key},
        {"EVAL", "local a = redis.pcall('INCR', KEYS[1]) return type(a) == 'table' and a.err or a",
         "1", key},
        {"EVAL", "return undefined_name", "0"},
        {"EVAL", "new_name = 1", "0"},
        {"EVAL", "return nil .. 'x'", "0"},
        {"EVAL", "return redis.call('GET')", "0"},
        {"EVAL", "return redis.call('GET', {})", "0"},
        {"EVAL", "\n\nreturn redis.call('SET', KEYS[1], 1764201600123.5)", "1", key},
        {"EVAL", "return {err='MINE of its own'}", "0"},
        {"EVAL", "return tostring(2^53) .. ' ' .. 1e15 .. ' ' .. 0.1", "0"},
        {"EVAL", "return 1 +", "0"},
        {"EVAL", "return 1", "2", "a"},
        {"EVALSHA", std::string(40, 'f'), "0"},
        {"EVAL", "error({err='X y'})", "0"},
        {"EVAL", "error('plain words')", "0"}};
    client_.command(commands[below(std::size(commands))], [](const auto&) {});
}

}  // namespace simulation
