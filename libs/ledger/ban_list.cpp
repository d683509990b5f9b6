#include "ledger/ban_list.h"

#include <charconv>

namespace ledger {
namespace {

constexpr std::string_view address_kind = "address ";
constexpr std::string_view identity_kind = "identity ";

bool is_in_force(const Ban& ban, base::UnixMicros now) {
    return !ban.until || now < *ban.until;
}

}  // namespace

std::string ban_field(const BanSubject& subject) {
    if (const auto* network = std::get_if<base::IpNetwork>(&subject))
        return std::string{address_kind} + base::to_string(*network);
    return std::string{identity_kind} + std::get<std::string>(subject);
}

std::string ban_value(const Ban& ban) {
    const auto until =
        ban.until ? std::chrono::ceil<std::chrono::seconds>(*ban.until).time_since_epoch().count()
                  : 0;
    return std::to_string(until) + ' ' + ban.reason;
}

std::optional<Ban> read_ban(std::string_view field, std::string_view value) {
    std::optional<BanSubject> subject;
    if (field.starts_with(address_kind)) {
        const auto network = base::parse_ip_network(field.substr(address_kind.size()));
        if (network) subject = *network;
    } else if (field.starts_with(identity_kind) && field.size() > identity_kind.size()) {
        subject = std::string{field.substr(identity_kind.size())};
    }
    std::int64_t seconds = 0;
    const auto* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, seconds);
    if (!subject || error != std::errc{} || stopped == end || *stopped != ' ' || seconds < 0)
        return std::nullopt;
    Ban ban{.subject = std::move(*subject), .reason = std::string{stopped + 1, end}, .until = {}};
    if (seconds != 0) ban.until = base::UnixMicros{std::chrono::seconds{seconds}};
    return ban;
}

BanList::BanList(const std::vector<Ban>& bans) {
    for (const auto& ban : bans) {
        if (const auto* network = std::get_if<base::IpNetwork>(&ban.subject))
            addresses_[network->prefix_size()].insert_or_assign(*network, ban);
        else
            identities_.insert_or_assign(std::get<std::string>(ban.subject), ban);
    }
}

const Ban* BanList::find(const base::IpAddress& address, base::UnixMicros now) const {
    for (const auto& [prefix_size, bans] : addresses_) {
        const auto found = bans.find(base::IpNetwork{address, prefix_size});
        if (found != bans.end() && is_in_force(found->second, now)) return &found->second;
    }
    return nullptr;
}

const Ban* BanList::find(std::string_view user_identity, base::UnixMicros now) const {
    if (identities_.empty()) return nullptr;
    // What stands before a dot, before the next, and the whole.
    for (auto dot = user_identity.find('.');; dot = user_identity.find('.', dot + 1)) {
        const auto found = identities_.find(user_identity.substr(0, dot));
        if (found != identities_.end() && is_in_force(found->second, now)) return &found->second;
        if (dot == std::string_view::npos) return nullptr;
    }
}

std::size_t BanList::size() const {
    auto size = identities_.size();
    for (const auto& [prefix_size, bans] : addresses_) size += bans.size();
    return size;
}

std::vector<Ban> BanList::to_vector() const {
    std::vector<Ban> all;
    for (const auto& [prefix_size, bans] : addresses_)
        for (const auto& [network, ban] : bans) all.push_back(ban);
    for (const auto& [identity, ban] : identities_) all.push_back(ban);
    return all;
}

}  // namespace ledger
