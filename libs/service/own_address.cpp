#include "service/own_address.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace service {

std::vector<std::string> interface_addresses() {
    std::vector<std::string> found;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return found;
    for (const auto* at = first; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr) continue;
        const auto family = at->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(at->ifa_addr, size, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0)
            found.emplace_back(text.data());
    }
    ::freeifaddrs(first);
    return found;
}

bool reaches_itself(const Endpoint& listen, const Endpoint& address,
                    const std::vector<std::string>& own) {
    if (listen == address) return true;
    const bool is_open = listen.host == "0.0.0.0" || listen.host == "::";
    return is_open && listen.port == address.port &&
           std::ranges::find(own, address.host) != own.end();
}

}  // namespace service
