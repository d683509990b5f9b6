#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// An address of the internet. IPv4 is kept as IPv6 writes it, ::ffff:a.b.c.d, so that an address
/// is the same however it came.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};
    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

    static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes);
    bool is_v4() const;
};

/// Reads "192.0.2.1" or "2001:db8::1". Nothing for other forms, names among them.
std::optional<IpAddress> parse_ip_address(std::string_view text);
/// As parse_ip_address() reads it; IPv4 in its own form.
std::string to_string(const IpAddress& address);

/// The addresses that share their first bits.
class IpNetwork {
  public:
    /// `prefix_size` bits of 128; the rest of `address` does not matter.
    IpNetwork(const IpAddress& address, unsigned prefix_size);

    bool contains(const IpAddress& address) const;
    const IpAddress& first() const { return first_; }
    /// Of the 128 bits; 96 more than is written for IPv4.
    unsigned prefix_size() const { return prefix_size_; }
    friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;

  private:
    IpAddress first_;
    unsigned prefix_size_;
};

/// Reads "10.0.0.0/8", "2001:db8::/32", or an address, which is a network of one.
std::optional<IpNetwork> parse_ip_network(std::string_view text);
/// As parse_ip_network() reads it; without "/32" or "/128" for a network of one.
std::string to_string(const IpNetwork& network);

}  // namespace base
