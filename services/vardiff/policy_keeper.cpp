#include "vardiff/policy_keeper.h"

#include <utility>

#include "base/log.h"
#include "vardiff/codec.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 2s;
constexpr const char* key = "{pool}:vardiff";

/// Fields `version` and `policies`; stores only what follows the version there.
constexpr const char* store = R"lua(
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version + 1 ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'policies', ARGV[2])
return 1
)lua";

}  // namespace

PolicyKeeper::PolicyKeeper(boost::asio::io_context& loop, redis::Client& client,
                           PolicySet configured)
    : client_(client),
      script_(std::string{store}),
      timer_(loop),
      current_(std::make_shared<const Policies>(std::move(configured))) {}

void PolicyKeeper::start(OnChange on_change) {
    on_change_ = std::move(on_change);
    look();
}

void PolicyKeeper::look() {
    client_.command(
        {"HGET", key, "policies"}, [this, alive = std::weak_ptr{alive_}](const auto& reply) {
            if (alive.expired()) return;
            if (reply && reply->string() != nullptr) {
                adit::vardiff::v1::PolicySet message;
                auto set = message.ParseFromString(*reply->string()) ? from_proto(message)
                                                                     : std::optional<PolicySet>{};
                if (!set)
                    base::log_error("the vardiff policies in Redis are damaged, not taken",
                                    {{"key", key}});
                else if (set->version != current_->set().version)
                    take(std::move(*set));
            }
            timer_.expires_after(look_interval);
            timer_.async_wait([this, alive](const auto& error) {
                if (!error && !alive.expired()) look();
            });
        });
}

void PolicyKeeper::take(PolicySet set) {
    base::log_info("vardiff's policies have changed",
                   {{"version", set.version},
                    {"shares_per_minute", set.common.shares_per_minute},
                    {"identities", set.by_identity.size()}});
    current_ = std::make_shared<const Policies>(std::move(set));
    on_change_(current_);
}

void PolicyKeeper::change(PolicySet next, std::function<void(Outcome)> done) {
    const auto version = std::to_string(next.version);
    const auto text = to_proto(next).SerializeAsString();
    redis::eval(client_, script_, {key}, {version, text},
                [this, next = std::move(next), done = std::move(done),
                 alive = std::weak_ptr{alive_}](const auto& reply) mutable {
                    if (alive.expired()) return;
                    if (!reply) return done(Outcome::unavailable);
                    if (reply->integer() == nullptr || *reply->integer() != 1)
                        return done(Outcome::overtaken);
                    take(std::move(next));
                    done(Outcome::changed);
                });
}

}  // namespace vardiff
