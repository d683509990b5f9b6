#include "sv1/json_text.h"

#include "sv1/text.h"

namespace sv1 {

void append_json_string(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (code < 0x20) {
            out.append("\\u00");
            out.push_back(digits[code >> 4]);
            out.push_back(digits[code & 0xfU]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_json_hex32(std::uint32_t value, std::string& out) {
    out.push_back('"');
    append_hex32(value, out);
    out.push_back('"');
}

void append_json_hex(base::ByteView bytes, std::string& out) {
    out.push_back('"');
    append_hex(bytes, out);
    out.push_back('"');
}

}  // namespace sv1
