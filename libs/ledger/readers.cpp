#include "ledger/readers.h"

#include <algorithm>
#include <optional>

#include "base/integer.h"
#include "ledger/keys.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

using Answer = base::Result<redis::Reply, redis::Error>;

constexpr std::size_t name_size_max = 64;

void call(redis::Client& client, std::uint32_t partition, redis::Args args, redis::Callback done) {
    const redis::Script script{std::string{scripts::readers}};
    redis::eval(client, script,
                {keys::readers(partition), keys::log(partition), keys::log_bytes(partition)}, args,
                std::move(done));
}

ReaderFailure unavailable(std::string text) {
    return {ReaderError::unavailable, std::move(text)};
}

/// The id in "required 17-0".
std::string id_in(std::string_view value) {
    return std::string{value.substr(std::min(value.find(' ') + 1, value.size()))};
}

base::Result<std::string, ReaderFailure> read_answer(const Answer& answer,
                                                     const std::string& name) {
    if (!answer) return base::unexpected(unavailable(answer.error().text));
    const auto kind = answer->string_at(0);
    const auto detail = answer->string_at(1);
    if (kind == "OK") return id_in(detail);
    if (kind == "EXISTS")
        return base::unexpected(
            ReaderFailure{ReaderError::exists, name + " is registered: " + std::string{detail}});
    if (kind == "TOO MANY")
        return base::unexpected(ReaderFailure{
            ReaderError::too_many, "16 readers are registered; unregister one of them first"});
    if (kind == "UNKNOWN")
        return base::unexpected(ReaderFailure{ReaderError::unknown, name + " is not registered"});
    if (kind == "AHEAD")
        return base::unexpected(
            ReaderFailure{ReaderError::ahead, "the log ends with entry " + std::string{detail}});
    return base::unexpected(unavailable("redis answered something else"));
}

std::optional<LogReader> read_reader(const redis::Reply& reply, std::size_t at) {
    const auto value = reply.string_at(at + 1);
    const auto unread = base::parse_integer<std::uint64_t>(reply.string_at(at + 2));
    const bool is_required = value.starts_with("required ");
    if (!unread || (!is_required && !value.starts_with("optional "))) return std::nullopt;
    return LogReader{std::string{reply.string_at(at)},
                     is_required ? ReaderKind::required : ReaderKind::optional, id_in(value),
                     *unread, std::string{reply.string_at(at + 3)}};
}

}  // namespace

bool is_reader_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= name_size_max &&
           std::all_of(name.begin(), name.end(), is_allowed);
}

bool is_entry_id(std::string_view id) {
    const auto dash = id.find('-');
    return dash != std::string_view::npos &&
           base::parse_integer<std::uint64_t>(id.substr(0, dash)) &&
           base::parse_integer<std::uint64_t>(id.substr(dash + 1));
}

std::int64_t entry_time_ms(std::string_view id) {
    return base::parse_integer<std::int64_t>(id.substr(0, id.find('-'))).value_or(0);
}

void register_reader(redis::Client& client, std::uint32_t partition, const std::string& name,
                     ReaderKind kind, ReaderStart start, ReaderDone done) {
    call(client, partition,
         {"register", name, kind == ReaderKind::required ? "required" : "optional",
          start == ReaderStart::oldest ? "start" : "now"},
         [name, done = std::move(done)](const Answer& answer) { done(read_answer(answer, name)); });
}

void acknowledge(redis::Client& client, std::uint32_t partition, const std::string& name,
                 const std::string& id, ReaderDone done) {
    call(client, partition, {"ack", name, id},
         [name, done = std::move(done)](const Answer& answer) { done(read_answer(answer, name)); });
}

void unregister_reader(redis::Client& client, std::uint32_t partition, const std::string& name,
                       ReaderDone done) {
    call(client, partition, {"unregister", name},
         [name, done = std::move(done)](const Answer& answer) { done(read_answer(answer, name)); });
}

void list_readers(redis::Client& client, std::uint32_t partition,
                  std::function<void(base::Result<LogReaders, ReaderFailure>)> done) {
    call(client, partition, {"list"}, [done = std::move(done)](const Answer& answer) {
        if (!answer) return done(base::unexpected(unavailable(answer.error().text)));
        LogReaders all;
        const auto bytes = base::parse_integer<std::uint64_t>(answer->string_at(0));
        const auto records = base::parse_integer<std::uint64_t>(answer->string_at(1));
        if (!bytes || !records)
            return done(base::unexpected(unavailable("redis answered something else")));
        all.bytes = *bytes;
        all.records = *records;
        all.first_id = answer->string_at(2);
        all.last_id = answer->string_at(3);
        for (std::size_t at = 4; at + 3 < answer->array()->size(); at += 4)
            if (auto reader = read_reader(*answer, at)) all.readers.push_back(std::move(*reader));
        done(std::move(all));
    });
}

}  // namespace ledger
