#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ip_network.h"

namespace ledger {

/// Who is kept out of the pool: the addresses of a network, or an identity.
using BanSubject = std::variant<base::IpNetwork, std::string>;

struct Ban {
    BanSubject subject;
    /// For operators; no peer is told.
    std::string reason{};
    /// To the second; nothing for a ban without end.
    std::optional<base::UnixMicros> until{};
    friend bool operator==(const Ban&, const Ban&) = default;
};

inline constexpr std::size_t ban_reason_size_max = 255;

/// How a ban stands in Redis: the field "address 10.0.0.0/8" or "identity alice", and the value
/// "<unix second of its end, or 0> <reason>".
std::string ban_field(const BanSubject& subject);
std::string ban_value(const Ban& ban);
/// Nothing for what is no ban: another version's, or not ours.
std::optional<Ban> read_ban(std::string_view field, std::string_view value);

/// Every ban there is, to be asked for each connection and each channel.
class BanList {
  public:
    BanList() = default;
    explicit BanList(const std::vector<Ban>& bans);

    /// The ban that keeps this address out at `now`; the widest, where there are several.
    const Ban* find(const base::IpAddress& address, base::UnixMicros now) const;
    /// The same for a user_identity. A ban on "alice" is also one on "alice.rig1", not on "alice2".
    const Ban* find(std::string_view user_identity, base::UnixMicros now) const;

    bool has_addresses() const { return !addresses_.empty(); }
    bool has_identities() const { return !identities_.empty(); }
    std::size_t size() const;
    std::vector<Ban> to_vector() const;

  private:
    // By the size of the prefix, so that one look-up for each size that occurs answers.
    std::map<unsigned, std::map<base::IpNetwork, Ban>> addresses_{};
    std::map<std::string, Ban, std::less<>> identities_{};
};

}  // namespace ledger
