#include "admin/ban_fields.h"

#include <fmt/format.h>

#include "admin/api_fields.h"
#include "admin/resource_name.h"
#include "base/integer.h"

namespace admin {
namespace {

// What a channel may be opened with (Sv2 5.3.2, STR0_255).
constexpr std::size_t identity_size_max = 255;
constexpr std::string_view address_kind = "address:";
constexpr std::string_view identity_kind = "identity:";

std::string segment_of(std::string_view text) {
    std::string segment;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view{"-_.~:@+"}.find(c) != std::string_view::npos;
        if (is_plain)
            segment += c;
        else
            segment += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return segment;
}

/// Of a segment that parse_name() has let through.
std::string text_of(std::string_view segment) {
    std::string text;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            text += segment[i];
            continue;
        }
        const auto byte = base::parse_integer<std::uint8_t>(segment.substr(i + 1, 2), 16);
        text += static_cast<char>(byte.value_or('?'));
        i += 2;
    }
    return text;
}

ApiResult<ledger::BanSubject> subject_of(const adit::admin::v1::Ban& ban) {
    switch (ban.subject_case()) {
        case adit::admin::v1::Ban::kAddress: {
            const auto network = base::parse_ip_network(ban.address());
            if (!network)
                return base::unexpected(invalid_field(
                    "ban.address",
                    "is no address or network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"));
            return ledger::BanSubject{*network};
        }
        case adit::admin::v1::Ban::kIdentity:
            if (ban.identity().empty() || ban.identity().size() > identity_size_max)
                return base::unexpected(
                    invalid_field("ban.identity", "has not between 1 and 255 bytes"));
            return ledger::BanSubject{ban.identity()};
        case adit::admin::v1::Ban::SUBJECT_NOT_SET: break;
    }
    return base::unexpected(invalid_field("ban", "has no subject: set address or identity"));
}

}  // namespace

ApiResult<ledger::Ban> to_ledger(const adit::admin::v1::Ban& ban, base::UnixMicros now) {
    auto subject = subject_of(ban);
    if (!subject) return base::unexpected(subject.error());
    if (ban.reason().size() > ledger::ban_reason_size_max)
        return base::unexpected(invalid_field(
            "ban.reason", fmt::format("has more than {} bytes", ledger::ban_reason_size_max)));
    ledger::Ban made{.subject = std::move(*subject), .reason = ban.reason()};
    if (ban.has_expire_time()) {
        made.until = base::UnixMicros{std::chrono::seconds{ban.expire_time().seconds()}};
        constexpr std::int64_t year_9999 = 253'402'300'799;
        if (ban.expire_time().seconds() > year_9999 || *made.until <= now)
            return base::unexpected(invalid_field("ban.expire_time", "is not in the future"));
    }
    if (!ban.name().empty() && ban.name() != ban_name(made.subject))
        return base::unexpected(
            ApiError{Reason::invalid_name,
                     fmt::format("ban.name follows from its subject: leave it empty, or say \"{}\"",
                                 ban_name(made.subject)),
                     {{"field", "ban.name"}, {"form", std::string{names::ban}}}});
    return made;
}

std::string ban_name(const ledger::BanSubject& subject) {
    if (const auto* const network = std::get_if<base::IpNetwork>(&subject))
        return fmt::format("bans/{}{}", address_kind, segment_of(base::to_string(*network)));
    return fmt::format("bans/{}{}", identity_kind, segment_of(std::get<std::string>(subject)));
}

ApiResult<ledger::BanSubject> ban_subject(std::string_view name) {
    const auto variables = parse_name(names::ban, name);
    if (!variables) return base::unexpected(variables.error());
    const std::string_view segment = variables->front();
    if (segment.starts_with(address_kind)) {
        const auto network = base::parse_ip_network(text_of(segment.substr(address_kind.size())));
        if (network) return ledger::BanSubject{*network};
    } else if (segment.starts_with(identity_kind)) {
        auto identity = text_of(segment.substr(identity_kind.size()));
        if (!identity.empty()) return ledger::BanSubject{std::move(identity)};
    }
    return base::unexpected(
        ApiError{Reason::invalid_name,
                 "a ban is called \"bans/address:10.0.0.0%2F8\" or \"bans/identity:alice\"",
                 {{"field", "name"}, {"form", std::string{names::ban}}}});
}

adit::admin::v1::Ban to_api(const ledger::Ban& ban) {
    adit::admin::v1::Ban made;
    made.set_name(ban_name(ban.subject));
    if (const auto* const network = std::get_if<base::IpNetwork>(&ban.subject))
        made.set_address(base::to_string(*network));
    else
        made.set_identity(std::get<std::string>(ban.subject));
    made.set_reason(ban.reason);
    if (ban.until) made.mutable_expire_time()->set_seconds(base::to_unix_seconds(*ban.until));
    return made;
}

}  // namespace admin
