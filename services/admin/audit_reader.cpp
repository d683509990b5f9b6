#include "admin/audit_reader.h"

#include <utility>

#include "base/integer.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

// A message of some hundred kilobytes: a moment of the loop.
constexpr std::size_t page_size = 1'000;

std::string name_of(const std::string& id) {
    return "auditEntries/" + id;
}

/// A stream's id as two numbers: milliseconds, and a count within them.
std::pair<std::uint64_t, std::uint64_t> numbers_of(std::string_view id) {
    const auto dash = std::min(id.find('-'), id.size());
    return {
        base::parse_integer<std::uint64_t>(id.substr(0, dash)).value_or(0),
        base::parse_integer<std::uint64_t>(id.substr(std::min(dash + 1, id.size()))).value_or(0)};
}

proto::AuditEntry to_row(const ledger::AuditRecord& record) {
    proto::AuditEntry row;
    row.set_name(name_of(record.id));
    const auto ms = static_cast<std::int64_t>(numbers_of(record.id).first);
    row.mutable_create_time()->set_seconds(ms / 1'000);
    row.mutable_create_time()->set_nanos(static_cast<std::int32_t>(ms % 1'000) * 1'000'000);
    row.set_actor(record.request.actor);
    row.set_peer_address(record.request.peer_address);
    row.set_method(record.request.method);
    row.set_request_id(record.request.id);
    row.set_request(record.request.request);
    return row;
}

}  // namespace

void AuditReader::refresh(Then then) {
    waiting_.push_back(std::move(then));
    if (waiting_.size() == 1) read_on();
}

void AuditReader::read_on() {
    ledger::read_audit(redis_, last_, page_size,
                       [this, alive = std::weak_ptr{is_alive_}](const auto& page) {
                           if (alive.expired()) return;
                           if (!page) {
                               const ApiError error{Reason::ledger_unavailable,
                                                    "the audit log cannot be read: " + page.error(),
                                                    {}};
                               return finish(&error);
                           }
                           take(*page);
                           page->records.size() < page_size ? finish(nullptr) : read_on();
                       });
}

void AuditReader::take(const ledger::AuditPage& page) {
    for (const auto& record : page.records) {
        last_ = record.id;
        if (record.of.empty()) {
            rows_.upsert(to_row(record));
            continue;
        }
        if (const auto* const known = rows_.find(name_of(record.of))) {
            auto row = *known;
            row.set_outcome(record.outcome.code);
            row.set_message(record.outcome.message);
            rows_.upsert(std::move(row));
        }
    }
    // At the end, what Redis has dropped since. A log that is gone altogether begins anew.
    if (page.records.size() >= page_size) return;
    if (page.first.empty()) last_.clear();
    const auto first = numbers_of(page.first);
    constexpr std::size_t prefix_size = 13;  // "auditEntries/"
    rows_.erase_unless([&](const proto::AuditEntry& row) {
        return !page.first.empty() &&
               numbers_of(std::string_view{row.name()}.substr(prefix_size)) >= first;
    });
}

void AuditReader::finish(const ApiError* error) {
    for (const auto& then : std::exchange(waiting_, {})) {
        if (error != nullptr)
            then(base::unexpected(*error));
        else
            then(&rows_);
    }
}

}  // namespace admin
