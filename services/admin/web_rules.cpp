#include "admin/web_rules.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "base/ensure.h"
#include "service/http_server.h"

namespace admin {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// Takes what stands before the next `mark` off the front.
std::string_view take_until(std::string_view& text, char mark) {
    const auto end = std::min(text.find(mark), text.size());
    const auto taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

}  // namespace

bool is_host_of(std::string_view host, const std::vector<std::string>& hosts) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return false;
        host = host.substr(1, end - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    if (host.ends_with('.')) host.remove_suffix(1);
    return !host.empty() && std::any_of(hosts.begin(), hosts.end(), [&](const std::string& own) {
        return equals_ignoring_case(host, own);
    });
}

const std::vector<std::pair<std::string, std::string>>& protective_headers() {
    static const std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'; require-trusted-types-for 'script'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    return headers;
}

std::optional<std::string> decoded_path(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (text.size() - i < 3) return std::nullopt;
        const auto* const digits = text.data() + i + 1;
        if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2 || value == 0)
            return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        auto tag = trimmed(take_until(if_none_match, ','));
        if (tag == "*") return true;
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag) return true;
    }
    return false;
}

bool accepts_gzip(std::string_view accept_encoding) {
    while (!accept_encoding.empty()) {
        auto entry = take_until(accept_encoding, ',');
        const auto coding = trimmed(take_until(entry, ';'));
        if (!equals_ignoring_case(coding, "gzip") && coding != "*") continue;
        const auto weight = trimmed(entry);
        return weight != "q=0" && !weight.starts_with("q=0.0");
    }
    return false;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;  // zlib: 16 more writes gzip's header
    base::ensure(
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib has no memory");
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    std::string in{bytes};  // zlib wants bytes that it could change
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    base::ensure(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflateBound() bounds");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
    std::vector<std::string> values;
    while (!query.empty()) {
        const auto pair = take_until(query, '&');
        if (auto value = service::query_parameter(pair, name)) values.push_back(std::move(*value));
    }
    return values;
}

}  // namespace admin
