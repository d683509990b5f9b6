#include "admin/ban_source.h"

#include <optional>
#include <set>
#include <string>

#include "admin/moments.h"
#include "admin/process_state.h"
#include "base/ip_network.h"

namespace admin {

proto::Ban ban_row(const ledger::Ban& ban) {
    proto::Ban row;
    if (const auto* const network = std::get_if<base::IpNetwork>(&ban.subject)) {
        row.set_address(base::to_string(*network));
        row.set_name("bans/address:" + name_part(row.address()));
    } else {
        row.set_identity(std::get<std::string>(ban.subject));
        row.set_name("bans/identity:" + name_part(row.identity()));
    }
    row.set_reason(ban.reason);
    if (ban.until) *row.mutable_expire_time() = to_timestamp(*ban.until);
    return row;
}

void BanSource::start() {
    follower_.start([this] { publish(); });
}

void BanSource::stop() {
    timer_.cancel();
    follower_.stop();
}

void BanSource::publish() {
    const auto now = clock_.unix_now();
    std::set<std::string> names;
    std::optional<base::UnixMicros> next_end;
    for (const auto& ban : follower_.list().to_vector()) {
        if (ban.until && *ban.until <= now) continue;
        if (ban.until) next_end = std::min(next_end.value_or(*ban.until), *ban.until);
        auto row = ban_row(ban);
        names.insert(row.name());
        view_.bans.upsert(std::move(row));
    }
    view_.bans.erase_unless([&](const auto& row) { return names.contains(row.name()); });
    timer_.cancel();
    if (!next_end) return;
    timer_.expires_after(*next_end - now + std::chrono::milliseconds{1});
    timer_.async_wait([this](const auto& error) {
        if (!error) publish();
    });
}

}  // namespace admin
