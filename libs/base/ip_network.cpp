#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace base {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_prefix_bits = 8 * v4_prefix.size();

}  // namespace

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress address;
    const auto end = std::ranges::copy(v4_prefix, address.bytes.begin()).out;
    std::ranges::copy(bytes, end);
    return address;
}

bool IpAddress::is_v4() const {
    return std::ranges::equal(v4_prefix, std::span{bytes}.first<v4_prefix.size()>());
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    // inet_pton reads up to a terminator, and a stranger's text may hold one.
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string terminated{text};
    std::array<std::uint8_t, 4> v4{};
    if (::inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return IpAddress::from_v4(v4);
    IpAddress address;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool is_v4 = address.is_v4();
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, address.bytes.data() + (is_v4 ? v4_prefix.size() : 0),
                text.data(), text.size());
    return text.data();
}

IpNetwork::IpNetwork(const IpAddress& address, unsigned prefix_size)
    : first_(address), prefix_size_(std::min(prefix_size, 128U)) {
    for (unsigned bit = prefix_size_; bit < 128; ++bit)
        first_.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
}

bool IpNetwork::contains(const IpAddress& address) const {
    return IpNetwork{address, prefix_size_}.first_ == first_;
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return IpNetwork{*address, 128};
    const auto bits = text.substr(slash + 1);
    const unsigned shift = address->is_v4() ? v4_prefix_bits : 0;
    unsigned size = 0;
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), size);
    if (error != std::errc{} || end != bits.data() + bits.size() || size > 128 - shift)
        return std::nullopt;
    return IpNetwork{*address, size + shift};
}

std::string to_string(const IpNetwork& network) {
    auto text = to_string(network.first());
    if (network.prefix_size() == 128) return text;
    const bool is_v4 = network.first().is_v4() && network.prefix_size() >= v4_prefix_bits;
    return text + '/' + std::to_string(network.prefix_size() - (is_v4 ? v4_prefix_bits : 0));
}

}  // namespace base
