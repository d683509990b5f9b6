#include "sv2/print.h"

#include <fmt/format.h>

#include <iterator>

#include "base/hex.h"

namespace sv2 {
namespace {

constexpr std::size_t printed_bytes_max = 64;

}  // namespace

void print_value(std::uint64_t value, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void print_value(float value, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void print_value(bool value, std::string& out) {
    out += value ? "true" : "false";
}

void print_value(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            fmt::format_to(std::back_inserter(out), "\\{}", c);
        else if (c >= ' ' && c <= '~')
            out += c;
        else
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
    out += '"';
}

void print_value(base::ByteView bytes, std::string& out) {
    if (bytes.size() <= printed_bytes_max) {
        out += base::to_hex(bytes);
        return;
    }
    out += base::to_hex(bytes.first(printed_bytes_max));
    fmt::format_to(std::back_inserter(out), "... of {} bytes", bytes.size());
}

std::string describe_frame(const FrameHeader& header, base::ByteView payload) {
    std::string out;
    const bool is_known = decode_any(header, payload, [&](const auto& result) {
        if (result)
            out = to_text(result->message);
        else
            out = fmt::format("{} malformed: {}",
                              find_message(header.extension_type, header.message_type)->name,
                              error_name(result.error()));
    });
    if (!is_known)
        out = fmt::format("unknown message {:#04x} of extension {:#06x}, {} bytes",
                          header.message_type, header.extension_type, payload.size());
    return out;
}

}  // namespace sv2
