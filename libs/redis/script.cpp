#include "redis/script.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/hex.h"
#include "redis/script_call.h"

namespace redis {
namespace {

std::string sha1_hex(const std::string& text) {
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return base::to_hex(base::as_bytes(digest));
}

Args by_digest(const Script& script, ScriptCall call) {
    Args words;
    words.reserve(3 + call.keys.size() + call.args.size());
    words.push_back("EVALSHA");
    words.push_back(script.digest);
    words.push_back(std::to_string(call.keys.size()));
    std::ranges::move(call.keys, std::back_inserter(words));
    std::ranges::move(call.args, std::back_inserter(words));
    return words;
}

/// What is kept of a call for the case that Redis does not know the script: two pieces of memory,
/// however many words there are.
class Kept {
  public:
    explicit Kept(const Args& words) {
        std::size_t size = 0;
        for (const auto& word : words) size += word.size();
        bytes_.reserve(size);
        sizes_.reserve(words.size());
        for (const auto& word : words) {
            bytes_ += word;
            sizes_.push_back(word.size());
        }
    }

    /// The same call by the script's text.
    Args by_text(const Script& script) const {
        Args words;
        words.reserve(sizes_.size());
        std::size_t at = 0;
        for (const auto size : sizes_) {
            words.push_back(bytes_.substr(at, size));
            at += size;
        }
        words[0] = "EVAL";
        words[1] = *script.text;
        return words;
    }

  private:
    std::string bytes_{};
    std::vector<std::size_t> sizes_{};
};

template <class R>
bool script_is_unknown(const R& result) {
    return !result && result.error().kind == RedisError::no_script;
}

}  // namespace

Script::Script(std::string source)
    : text(std::make_shared<const std::string>(std::move(source))), digest(sha1_hex(*text)) {}

void eval(Client& client, const Script& script, ScriptCall call, Callback done) {
    auto words = by_digest(script, std::move(call));
    Kept kept{words};
    client.command(std::move(words),
                   [&client, script, kept = std::move(kept),
                    done = std::move(done)](base::Result<Reply, Error> result) mutable {
                       if (!script_is_unknown(result)) return done(std::move(result));
                       client.command(kept.by_text(script), std::move(done));
                   });
}

void eval_then_wait(Client& client, const Script& script, ScriptCall call, std::uint32_t replicas,
                    std::chrono::milliseconds timeout, ReplicatedCallback done) {
    auto words = by_digest(script, std::move(call));
    Kept kept{words};
    client.command_then_wait(
        std::move(words), replicas, timeout,
        [&client, script, kept = std::move(kept), replicas, timeout,
         done = std::move(done)](base::Result<Replicated, Error> result) mutable {
            if (!script_is_unknown(result)) return done(std::move(result));
            client.command_then_wait(kept.by_text(script), replicas, timeout, std::move(done));
        });
}

void eval(Client& client, const Script& script, const Args& keys, const Args& args, Callback done) {
    eval(client, script, {keys, args}, std::move(done));
}

void eval_then_wait(Client& client, const Script& script, const Args& keys, const Args& args,
                    std::uint32_t replicas, std::chrono::milliseconds timeout,
                    ReplicatedCallback done) {
    eval_then_wait(client, script, {keys, args}, replicas, timeout, std::move(done));
}

}  // namespace redis
