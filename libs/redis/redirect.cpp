#include "redis/redirect.h"

#include "base/integer.h"
#include "redis/slot.h"

namespace redis {

std::optional<Redirect> read_redirect(std::string_view error, const Address& from) {
    if (error.starts_with("TRYAGAIN ")) return Redirect{Redirect::Kind::try_again, 0, {}};
    if (error.starts_with("CLUSTERDOWN ")) return Redirect{Redirect::Kind::down, 0, {}};
    Redirect redirect;
    // "MOVED 3999 127.0.0.1:6381", an IPv6 address without brackets.
    if (error.starts_with("MOVED ")) {
        redirect.kind = Redirect::Kind::moved;
        error.remove_prefix(6);
    } else if (error.starts_with("ASK ")) {
        redirect.kind = Redirect::Kind::ask;
        error.remove_prefix(4);
    } else {
        return std::nullopt;
    }
    const auto space = error.find(' ');
    const auto colon = error.rfind(':');
    if (space == std::string_view::npos || colon == std::string_view::npos || colon < space)
        return std::nullopt;
    const auto slot = base::parse_integer<std::uint16_t>(error.substr(0, space));
    const auto port = base::parse_integer<std::uint16_t>(error.substr(colon + 1));
    if (!slot || *slot >= slot_count || !port || *port == 0) return std::nullopt;
    redirect.slot = *slot;
    redirect.to.host = error.substr(space + 1, colon - space - 1);
    // cluster-preferred-endpoint-type unknown-endpoint: the address that one has spoken to.
    if (redirect.to.host.empty() || redirect.to.host == "?") redirect.to.host = from.host;
    redirect.to.port = *port;
    return redirect;
}

}  // namespace redis
