#include "edge/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace edge {
namespace {

using Parsed = base::Result<std::optional<ProxyHeader>, ProxyHeaderError>;

constexpr std::string_view v1_signature = "PROXY ";
constexpr std::string_view v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v2_fixed_size = 16;

std::string_view as_text(base::ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whether what has come is the signature's beginning, or begins with the signature.
bool may_begin_with(std::string_view text, std::string_view signature) {
    const auto size = std::min(text.size(), signature.size());
    return text.substr(0, size) == signature.substr(0, size);
}

Parsed malformed() {
    return base::unexpected(ProxyHeaderError::malformed);
}

Parsed found(std::size_t size, std::optional<ProxyHeader::Source> source) {
    return std::optional{ProxyHeader{.size = size, .source = source}};
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool has_leading_zero = text.size() > 1 && text.front() == '0';
    if (error != std::errc{} || end != text.data() + text.size() || has_leading_zero)
        return std::nullopt;
    return port;
}

/// "TCP4 source destination port port"; fields are one space apart.
std::optional<ProxyHeader::Source> read_v1_addresses(std::string_view line) {
    std::array<std::string_view, 5> fields{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const bool is_last = i + 1 == fields.size();
        const auto space = line.find(' ');
        if ((space == std::string_view::npos) != is_last) return std::nullopt;
        fields[i] = line.substr(0, space);
        line = is_last ? std::string_view{} : line.substr(space + 1);
    }
    const auto& [family, source, destination, source_port, destination_port] = fields;
    const auto address = base::parse_ip_address(source);
    const auto to_address = base::parse_ip_address(destination);
    const auto port = read_port(source_port);
    if (!address || !to_address || !port || !read_port(destination_port)) return std::nullopt;
    // An IPv6 connection has a colon in its addresses, also where they are mapped ones.
    const bool is_v6 = source.find(':') != std::string_view::npos;
    const bool is_to_v6 = destination.find(':') != std::string_view::npos;
    if (family != (is_v6 ? "TCP6" : "TCP4") || is_v6 != is_to_v6) return std::nullopt;
    return ProxyHeader::Source{*address, *port};
}

Parsed read_v1(std::string_view text) {
    const auto end = text.substr(0, proxy_v1_size_max).find("\r\n");
    if (end == std::string_view::npos) {
        if (text.size() >= proxy_v1_size_max) return base::unexpected(ProxyHeaderError::too_long);
        // A bare LF will never become a line of this protocol.
        return text.find('\n') == std::string_view::npos ? Parsed{std::nullopt} : malformed();
    }
    const auto line = text.substr(v1_signature.size(), end - v1_signature.size());
    const auto size = end + 2;
    // Whatever stands behind UNKNOWN is to be ignored.
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return found(size, std::nullopt);
    const auto source = read_v1_addresses(line);
    return source ? found(size, source) : malformed();
}

ProxyHeader::Source read_v2_source(base::ByteView addresses, std::size_t address_size) {
    ProxyHeader::Source source;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(addresses.data());
    if (address_size == 4) {
        std::array<std::uint8_t, 4> v4{};
        std::copy_n(bytes, v4.size(), v4.begin());
        source.address = base::IpAddress::from_v4(v4);
    } else {
        std::copy_n(bytes, source.address.bytes.size(), source.address.bytes.begin());
    }
    const auto* const port = bytes + 2 * address_size;
    source.port = static_cast<std::uint16_t>((port[0] << 8) | port[1]);
    return source;
}

Parsed read_v2(base::ByteView bytes) {
    if (bytes.size() < v2_fixed_size) return std::nullopt;
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    const auto version = at(12) >> 4;
    const auto command = at(12) & 0xfU;
    const auto family_and_protocol = at(13);
    const std::size_t length = (std::size_t{at(14)} << 8) | at(15);
    constexpr unsigned local = 0;
    constexpr unsigned proxy = 1;
    if (version != 2 || command > proxy) return malformed();
    const auto size = v2_fixed_size + length;
    if (size > proxy_v2_size_max) return base::unexpected(ProxyHeaderError::too_long);
    if (bytes.size() < size) return std::nullopt;
    // What a proxy says of its own connection is to be skipped.
    if (command == local) return found(size, std::nullopt);
    const auto addresses = bytes.subspan(v2_fixed_size, length);
    constexpr unsigned unspecified = 0x00;
    constexpr unsigned tcp_over_v4 = 0x11;
    constexpr unsigned tcp_over_v6 = 0x21;
    constexpr unsigned unix_stream = 0x31;
    switch (family_and_protocol) {
        case unspecified: return found(size, std::nullopt);
        case tcp_over_v4:
            if (length < 2 * 4 + 4) return malformed();
            return found(size, read_v2_source(addresses, 4));
        case tcp_over_v6:
            if (length < 2 * 16 + 4) return malformed();
            return found(size, read_v2_source(addresses, 16));
        case unix_stream:
            if (length < std::size_t{2} * 108) return malformed();
            return found(size, std::nullopt);
        default: return malformed();  // datagrams do not come over TCP
    }
}

}  // namespace

std::string_view error_name(ProxyHeaderError error) {
    switch (error) {
        case ProxyHeaderError::missing: return "proxy-header-missing";
        case ProxyHeaderError::malformed: return "proxy-header-malformed";
        case ProxyHeaderError::too_long: return "proxy-header-too-long";
    }
    return "unknown";
}

Parsed read_proxy_header(base::ByteView bytes) {
    const auto text = as_text(bytes);
    if (may_begin_with(text, v2_signature))
        return text.size() < v2_signature.size() ? Parsed{std::nullopt} : read_v2(bytes);
    if (may_begin_with(text, v1_signature))
        return text.size() < v1_signature.size() ? Parsed{std::nullopt} : read_v1(text);
    return base::unexpected(ProxyHeaderError::missing);
}

}  // namespace edge
