#include "redis/script.h"

#include <openssl/sha.h>

#include <array>

#include "base/hex.h"
#include "redis/client.h"

namespace redis {
namespace {

std::string sha1_hex(const std::string& text) {
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return base::to_hex(base::as_bytes(digest));
}

Args script_call(const char* command, const std::string& script, const Args& keys,
                 const Args& args) {
    Args call;
    call.reserve(3 + keys.size() + args.size());
    call.push_back(command);
    call.push_back(script);
    call.push_back(std::to_string(keys.size()));
    call.insert(call.end(), keys.begin(), keys.end());
    call.insert(call.end(), args.begin(), args.end());
    return call;
}

template <class R>
bool script_is_unknown(const R& result) {
    return !result && result.error().kind == RedisError::no_script;
}

}  // namespace

Script::Script(std::string source)
    : text(std::make_shared<const std::string>(std::move(source))), digest(sha1_hex(*text)) {}

void eval(Client& client, const Script& script, const Args& keys, const Args& args, Callback done) {
    auto by_digest = script_call("EVALSHA", script.digest, keys, args);
    client.command(by_digest, [&client, script, call = by_digest,
                               done = std::move(done)](base::Result<Reply, Error> result) mutable {
        if (!script_is_unknown(result)) return done(std::move(result));
        call[0] = "EVAL";
        call[1] = *script.text;
        client.command(std::move(call), std::move(done));
    });
}

void eval_then_wait(Client& client, const Script& script, const Args& keys, const Args& args,
                    std::uint32_t replicas, std::chrono::milliseconds timeout,
                    ReplicatedCallback done) {
    auto by_digest = script_call("EVALSHA", script.digest, keys, args);
    client.command_then_wait(
        by_digest, replicas, timeout,
        [&client, script, call = by_digest, replicas, timeout,
         done = std::move(done)](base::Result<Replicated, Error> result) mutable {
            if (!script_is_unknown(result)) return done(std::move(result));
            call[0] = "EVAL";
            call[1] = *script.text;
            client.command_then_wait(std::move(call), replicas, timeout, std::move(done));
        });
}

}  // namespace redis
