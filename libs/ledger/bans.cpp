#include "ledger/bans.h"

#include "ledger/keys.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

using Answer = base::Result<redis::Reply, redis::Error>;

// What follow_bans() knows of a pool in which nobody was ever banned.
constexpr const char* no_version = "0";

void call(redis::Client& client, redis::Args args, redis::Callback done) {
    const redis::Script script{std::string{scripts::bans}};
    redis::eval(client, script, {keys::bans}, args, std::move(done));
}

Bans read_bans(const redis::Reply& reply) {
    Bans read{.bans = {}, .version = no_version};
    const auto size = reply.array() == nullptr ? 0 : reply.array()->size();
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        if (reply.string_at(i) == "version")
            read.version = reply.string_at(i + 1);
        else if (auto ban = read_ban(reply.string_at(i), reply.string_at(i + 1)))
            read.bans.push_back(std::move(*ban));
    }
    return read;
}

}  // namespace

void set_ban(redis::Client& client, const Ban& ban,
             std::function<void(base::Result<BanWritten, std::string>)> done) {
    call(client, {"set", ban_field(ban.subject), ban_value(ban), std::to_string(bans_max)},
         [done = std::move(done)](const Answer& answer) {
             if (!answer) return done(base::unexpected(answer.error().text));
             const auto* written = answer->integer();
             if (written == nullptr || *written < 0)
                 return done(base::unexpected("there are " + std::to_string(bans_max) +
                                              " bans already; ban networks rather than addresses, "
                                              "and for a time"));
             done(*written == 1 ? BanWritten::added : BanWritten::replaced);
         });
}

void remove_ban(redis::Client& client, const BanSubject& subject,
                std::function<void(base::Result<bool, std::string>)> done) {
    call(client, {"remove", ban_field(subject)}, [done = std::move(done)](const Answer& answer) {
        if (!answer) return done(base::unexpected(answer.error().text));
        done(answer->integer() != nullptr && *answer->integer() == 1);
    });
}

void list_bans(redis::Client& client, std::function<void(base::Result<Bans, std::string>)> done) {
    call(client, {"list"}, [done = std::move(done)](const Answer& answer) {
        if (!answer) return done(base::unexpected(answer.error().text));
        done(read_bans(*answer));
    });
}

void follow_bans(redis::Client& client, const std::string& known_version,
                 std::function<void(base::Result<std::optional<Bans>, std::string>)> done) {
    call(client, {"follow", known_version}, [done = std::move(done)](const Answer& answer) {
        if (!answer) return done(base::unexpected(answer.error().text));
        if (answer->is_nil()) return done(std::optional<Bans>{});
        done(std::optional{read_bans(*answer)});
    });
}

}  // namespace ledger
