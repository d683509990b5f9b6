#include "simulation/redis/redis_store.h"

#include <cctype>

#include "base/integer.h"
#include "simulation/redis/command.h"

namespace simulation {

RedisStore::RedisStore(Now now, std::uint64_t seed) : now_(std::move(now)), seed_(seed) {}

redis::Reply RedisStore::execute(const redis::Args& args) {
    now_us_ = now_();
    const std::vector<std::string_view> words(args.begin(), args.end());
    ReplyBuilder reply;
    run(words, reply);
    return reply.take();
}

void RedisStore::replay(const redis::Args& args) {
    is_replaying_ = true;
    execute(args);
    is_replaying_ = false;
}

/// A command that a client gives is refused for want of memory first, one of a script last.
bool RedisStore::is_refused(const Command& command, bool is_in_script, ReplyWriter& reply) const {
    const bool is_too_large = command.denies_oom && rules_.is_full;
    const bool is_elsewhere = command.is_write && rules_.is_replica;
    const bool is_alone = command.is_write && rules_.lacks_replicas;
    if (is_too_large && (!is_in_script || (!is_elsewhere && !is_alone)))
        reply.error("OOM command not allowed when used memory > 'maxmemory'.");
    else if (is_elsewhere && (is_in_script || !is_alone))
        reply.error("READONLY You can't write against a read only replica.");
    else if (is_alone)
        reply.error("NOREPLICAS Not enough good replicas to write.");
    return is_too_large || is_elsewhere || is_alone;
}

void RedisStore::run(std::span<const std::string_view> words, ReplyWriter& reply) {
    CommandCall call{keys_, words, reply, now_us_, seed_, changes_};
    if (words.empty()) throw_not_simulated(call);
    if (is_word(words[0], "EVALSHA")) return evaluate(words, true, reply);
    if (is_word(words[0], "EVAL")) return evaluate(words, false, reply);
    if (is_word(words[0], "SCRIPT")) return script(words, reply);
    const auto* const command = find_command(words[0]);
    if (command == nullptr) throw_not_simulated(call);
    if (!has_right_arity(*command, words.size())) {
        std::string name{words[0]};
        for (auto& letter : name) letter = static_cast<char>(std::tolower(letter));
        return reply.error("ERR wrong number of arguments for '" + name + "' command");
    }
    if (is_refused(*command, false, reply)) return;
    command->run(call);
}

/// What a script asks for.
void RedisStore::call(std::span<const std::string_view> words, ReplyWriter& reply) {
    CommandCall call{keys_, words, reply, now_us_, seed_, changes_};
    const auto* const command = find_command(words[0]);
    if (command == nullptr) throw_not_simulated(call);
    if (!has_right_arity(*command, words.size()))
        return reply.error("ERR Wrong number of args calling Redis command from script");
    if (!script_has_written_ && is_refused(*command, true, reply)) return;
    if (command->is_write) script_has_written_ = true;
    command->run(call);
}

void RedisStore::evaluate(std::span<const std::string_view> words, bool by_digest,
                          ReplyWriter& reply) {
    if (words.size() < 3)
        return reply.error(std::string{"ERR wrong number of arguments for '"} +
                           (by_digest ? "evalsha" : "eval") + "' command");
    const auto keys = base::parse_integer<std::int64_t>(words[2]);
    if (!keys) return reply.error("ERR value is not an integer or out of range");
    if (*keys < 0) return reply.error("ERR Number of keys can't be negative");
    const auto rest = words.subspan(3);
    if (static_cast<std::uint64_t>(*keys) > rest.size())
        return reply.error("ERR Number of keys can't be greater than number of args");
    const auto digest = by_digest ? std::string{words[1]} : ScriptHost::digest_of(words[1]);
    if (!known_.contains(digest) && !(is_replaying_ && host_->is_compiled(digest))) {
        if (by_digest) return reply.error("NOSCRIPT No matching script. Please use EVAL.");
        if (const auto error = host_->compile(digest, words[1])) return reply.error(*error);
        known_.insert(digest);
    }
    script_has_written_ = false;
    const auto split = static_cast<std::size_t>(*keys);
    host_->run(digest, rest.first(split), rest.subspan(split), *this, reply);
}

void RedisStore::script(std::span<const std::string_view> words, ReplyWriter& reply) {
    if (words.size() == 3 && is_word(words[1], "LOAD")) {
        const auto digest = ScriptHost::digest_of(words[2]);
        if (const auto error = host_->compile(digest, words[2])) return reply.error(*error);
        known_.insert(digest);
        return reply.bulk(digest);
    }
    if (words.size() >= 3 && is_word(words[1], "EXISTS")) {
        reply.begin_array(words.size() - 2);
        for (const auto digest : words.subspan(2)) reply.integer(known_.contains(digest) ? 1 : 0);
        return;
    }
    if (words.size() == 2 && is_word(words[1], "FLUSH")) {
        known_.clear();
        return reply.status("OK");
    }
    throw_not_simulated({keys_, words, reply, now_us_, seed_, changes_});
}

}  // namespace simulation
