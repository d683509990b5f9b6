#include "ledger/members.h"

#include <optional>

#include "base/integer.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

using Answer = base::Result<redis::Reply, redis::Error>;

std::string name_of(const Member& member) {
    return member.role + '/' + std::to_string(member.id) + '/' + member.address;
}

std::optional<Member> read_name(std::string_view name) {
    const auto first = name.find('/');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = name.find('/', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto id = base::parse_integer<std::uint64_t>(name.substr(first + 1, second - first - 1));
    if (!id) return std::nullopt;
    return Member{std::string{name.substr(0, first)}, *id, std::string{name.substr(second + 1)}};
}

void call(redis::Client& client, redis::Args args, redis::Callback done) {
    const redis::Script script{std::string{scripts::members}};
    redis::eval(client, script, {keys::members}, args, std::move(done));
}

}  // namespace

void beat(redis::Client& client, const Member& member) {
    call(client, {"beat", name_of(member), std::to_string(member_remembered.count())},
         [](const Answer&) {});
}

void leave(redis::Client& client, const Member& member) {
    call(client, {"leave", name_of(member)}, [](const Answer&) {});
}

void list_members(redis::Client& client,
                  std::function<void(base::Result<std::vector<SeenMember>, std::string>)> done) {
    call(client, {"list"}, [done = std::move(done)](const Answer& answer) {
        if (!answer) return done(base::unexpected(answer.error().text));
        std::vector<SeenMember> members;
        const auto size = answer->array() == nullptr ? 0 : answer->array()->size();
        for (std::size_t i = 0; i + 1 < size; i += 2) {
            auto member = read_name(answer->string_at(i));
            const auto silent_ms = base::parse_integer<std::int64_t>(answer->string_at(i + 1));
            if (member && silent_ms)
                members.push_back({std::move(*member), std::chrono::milliseconds{*silent_ms}});
        }
        done(std::move(members));
    });
}

}  // namespace ledger
