#include "simulation/redis/both_redises.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "redis/hiredis_reply.h"
#include "simulation/redis/command.h"

namespace simulation {
namespace {

/// What of a key lies where, for both: {name, type, milliseconds left, more ...}.
constexpr const char* dump_script = R"lua(
local dumped = {}
local keys = redis.call('KEYS', '*')
table.sort(keys)
for _, key in ipairs(keys) do
    local kind = redis.call('TYPE', key).ok
    local entry = {key, kind, redis.call('PTTL', key)}
    if kind == 'string' then
        entry[4] = redis.call('GET', key)
    elseif kind == 'hash' then
        entry[4] = redis.call('OBJECT', 'ENCODING', key)
        entry[5] = redis.call('HGETALL', key)
    elseif kind == 'set' then
        entry[4] = redis.call('SMEMBERS', key)
    elseif kind == 'zset' then
        entry[4] = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    elseif kind == 'stream' then
        local info = redis.call('XINFO', 'STREAM', key)
        entry[4] = {tostring(info[4]), info[8]}
        entry[5] = redis.call('XRANGE', key, '-', '+')
    end
    dumped[#dumped + 1] = entry
end
return dumped
)lua";

/// For people, and to be compared.
std::string to_text(const redis::Reply& reply) {
    if (const auto* integer = reply.integer()) return std::to_string(*integer);
    if (const auto* error = reply.error()) return "error " + error->text;
    if (reply.is_nil()) return "nil";
    if (const auto* items = reply.array()) {
        std::string text = "[";
        for (const auto& item : *items) text.append(to_text(item)).append(" ");
        return text + "]";
    }
    std::string text = "\"";
    for (const char letter : *reply.string()) {
        const bool is_plain = letter >= ' ' && letter <= '~' && letter != '\\' && letter != '"';
        constexpr const char* digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(letter);
        if (is_plain)
            text += letter;
        else
            text.append("\\").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
    }
    return text + "\"";
}

/// Items, or pairs of them, whose order Redis leaves open.
redis::Reply sorted(const redis::Reply& reply, std::size_t width) {
    const auto* items = reply.array();
    if (items == nullptr || items->size() % width != 0) return reply;
    std::vector<redis::Reply::Array> groups;
    for (std::size_t i = 0; i < items->size(); i += width)
        groups.emplace_back(items->begin() + static_cast<std::ptrdiff_t>(i),
                            items->begin() + static_cast<std::ptrdiff_t>(i + width));
    std::ranges::sort(groups, {}, [](const auto& group) { return to_text({group}); });
    redis::Reply::Array all;
    for (auto& group : groups)
        for (auto& item : group) all.push_back(std::move(item));
    return {std::move(all)};
}

std::string line_of(const redis::Reply& entry) {
    auto items = *entry.array();
    const auto kind = entry.string_at(1);
    if (kind == "set") items[3] = sorted(items[3], 1);
    if (kind == "hash" && entry.string_at(3) != "listpack") items[4] = sorted(items[4], 2);
    return to_text({std::move(items)}) + "\n";
}

/// A reply in no order that Redis promises, of a hash table or a set, or a page of one: whether it
/// is the same in some order.
bool is_reordered(const redis::Reply& real, const redis::Reply& simulated) {
    for (const std::size_t width : {1U, 2U})
        if (to_text(sorted(real, width)) == to_text(sorted(simulated, width))) return true;
    const auto* page = real.array();
    const auto* same = simulated.array();
    if (page == nullptr || same == nullptr || page->size() != 2 || same->size() != 2) return false;
    return (*page)[0] == (*same)[0] && (*page)[1].array() != nullptr &&
           is_reordered((*page)[1], (*same)[1]);
}

/// How far the two agree, and what stands there.
std::string first_difference(const std::string& real, const std::string& simulated) {
    const auto [a, b] = std::ranges::mismatch(real, simulated);
    const auto at = static_cast<std::size_t>(a - real.begin());
    const auto from = at < 300 ? 0 : at - 300;
    return "\nreal:      ..." + real.substr(from, 500) + "\nsimulated: ..." +
           simulated.substr(from, 500);
}

}  // namespace

RealRedis::RealRedis() {
    char path[] = "/tmp/adit-clock-XXXXXX";
    const int file = ::mkstemp(path);
    clock_path_ = path;
    if (file < 0 || ::ftruncate(file, sizeof(std::int64_t)) != 0)
        throw std::runtime_error("no file for a clock");
    void* const mapped =
        ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (mapped == MAP_FAILED) throw std::runtime_error("no memory for a clock");
    clock_ = static_cast<std::atomic<std::int64_t>*>(mapped);
    set_time(1'764'201'600'000'000);
    ::setenv("ADIT_HAND_WOUND_CLOCK", path, 1);
    ::setenv("LD_PRELOAD", HAND_WOUND_CLOCK, 1);
    // What has expired goes when it is looked for, and not at a time of Redis' own choice.
    server_ = std::make_unique<test_support::RedisServer>(
        std::vector<std::string>{"--enable-debug-command", "yes"});
    server_->run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
    ::unsetenv("LD_PRELOAD");
    connection_.reset(redisConnectUnix(server_->unix_address().unix_path.c_str()));
    if (connection_ == nullptr || connection_->err != 0)
        throw std::runtime_error("no connection to redis");
}

RealRedis::~RealRedis() {
    ::munmap(clock_, sizeof(std::int64_t));
    ::unlink(clock_path_.c_str());
}

redis::Reply RealRedis::execute(const redis::Args& args) {
    std::vector<const char*> pointers;
    std::vector<std::size_t> lengths;
    for (const auto& arg : args) {
        pointers.push_back(arg.data());
        lengths.push_back(arg.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply{
        redisCommandArgv(connection_.get(), static_cast<int>(args.size()), pointers.data(),
                         lengths.data()),
        freeReplyObject};
    if (reply == nullptr) throw std::runtime_error("redis does not answer");
    return redis::to_reply(*static_cast<const redisReply*>(reply.get()));
}

std::string RealRedis::dump() {
    const auto entries = execute({"EVAL", dump_script, "0"});
    if (entries.array() == nullptr) throw std::runtime_error("no dump: " + to_text(entries));
    std::string text;
    for (const auto& entry : *entries.array()) text += line_of(entry);
    return text;
}

std::string dump(RedisStore& store) {
    std::string text;
    const auto keys = store.execute({"KEYS", "*"});
    for (const auto& key : *keys.array()) {
        const auto& name = *key.string();
        const auto& value = store.keys().entries().find(name)->second.value;
        redis::Reply::Array entry{key, store.execute({"TYPE", name}),
                                  store.execute({"PTTL", name})};
        if (std::holds_alternative<std::string>(value)) {
            entry.push_back(store.execute({"GET", name}));
        } else if (const auto* hash = std::get_if<HashData>(&value)) {
            entry.push_back({std::string{hash->is_table() ? "hashtable" : "listpack"}});
            entry.push_back(store.execute({"HGETALL", name}));
        } else if (std::holds_alternative<SetData>(value)) {
            entry.push_back(store.execute({"SMEMBERS", name}));
        } else if (std::holds_alternative<SortedData>(value)) {
            entry.push_back(store.execute({"ZRANGE", name, "0", "-1", "WITHSCORES"}));
        } else if (const auto* stream = std::get_if<StreamData>(&value)) {
            entry.push_back({redis::Reply::Array{{std::to_string(stream->node_count())},
                                                 {to_string(stream->last_id())}}});
            entry.push_back(store.execute({"XRANGE", name, "-", "+"}));
        }
        text += line_of({std::move(entry)});
    }
    return text;
}

BothRedises::BothRedises() : store_([this] { return now_us_; }, 42) {}

void BothRedises::advance(std::int64_t by_us) {
    now_us_ += by_us;
    real_.set_time(now_us_);
}

void BothRedises::note(const std::string& what) {
    if (!difference_) difference_ = what;
}

redis::Reply BothRedises::execute(const redis::Args& args) {
    const auto real = real_.execute(args);
    const auto simulated = store_.execute(args);
    auto real_text = to_text(real);
    auto simulated_text = to_text(simulated);
    if (real_text != simulated_text) {
        if (is_reordered(real, simulated)) return simulated;
        std::string what;
        for (const auto& arg : args) what.append(to_text({arg.substr(0, 100)})).append(" ");
        note(what + first_difference(real_text, simulated_text));
    }
    return simulated;
}

void BothRedises::compare_keys() {
    const auto real = real_.dump();
    const auto simulated = dump(store_);
    if (real != simulated) note("keys" + first_difference(real, simulated));
}

void BothRedises::set_full(bool is_full) {
    real_.execute({"CONFIG", "SET", "maxmemory", is_full ? "1" : "0"});
    auto rules = store_.rules();
    rules.is_full = is_full;
    store_.set_rules(rules);
}

void BothRedises::set_lacks_replicas(bool lacks) {
    real_.execute({"CONFIG", "SET", "min-replicas-to-write", lacks ? "1" : "0"});
    auto rules = store_.rules();
    rules.lacks_replicas = lacks;
    store_.set_rules(rules);
}

void BothRedises::command(redis::Args args, redis::Callback done) {
    auto reply = execute(args);
    due_.push_back([reply = std::move(reply), done = std::move(done)]() mutable {
        if (const auto* error = reply.error())
            return done(base::unexpected(
                redis::Error{redis::classify_error_reply(error->text), error->text}));
        done(std::move(reply));
    });
}

void BothRedises::command_then_wait(redis::Args args, std::uint32_t replicas,
                                    std::chrono::milliseconds, redis::ReplicatedCallback done) {
    command(std::move(args),
            [replicas, done = std::move(done)](base::Result<redis::Reply, redis::Error> result) {
                if (!result) return done(base::unexpected(result.error()));
                done(redis::Replicated{std::move(*result), replicas});
            });
}

void BothRedises::turn() {
    while (!due_.empty()) {
        const auto next = std::move(due_.front());
        due_.pop_front();
        next();
    }
}

}  // namespace simulation
