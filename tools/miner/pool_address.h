#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "noise/keys.h"

namespace miner {

enum class PoolProtocol { sv2, sv1, sv1_tls };

inline bool is_sv1(PoolProtocol protocol) {
    return protocol != PoolProtocol::sv2;
}

/// Where a pool listens, what it speaks there, and whom to trust.
struct PoolAddress {
    PoolProtocol protocol{};
    std::string host{};
    std::uint16_t port{};
    noise::AuthorityPublicKey authority{};  ///< of SV2 alone
    std::string tls_authorities_file{};     ///< of TLS alone; empty: whom the system trusts

    /// Where Reconnect sends us (Sv2 3.6.5): an empty host or port 0 stay as they are. Whom we
    /// trust stays in any case, whoever answers there.
    PoolAddress moved_to(std::string_view new_host, std::uint16_t new_port) const {
        auto moved = *this;
        if (!new_host.empty()) moved.host = new_host;
        if (new_port != 0) moved.port = new_port;
        return moved;
    }
};

/// stratum2+tcp://HOST:PORT/AUTHORITY_KEY, stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT.
/// Errors: the reason, for people.
base::Result<PoolAddress, std::string> parse_pool_address(std::string_view url);

}  // namespace miner
