#include "aditctl/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace aditctl {
namespace {

using std::chrono::milliseconds;

std::string scaled(double value, std::string_view unit, std::string_view space) {
    constexpr std::array<const char*, 8> prefixes{"", "k", "M", "G", "T", "P", "E", "Z"};
    std::size_t prefix = 0;
    // What four digits would round up to 1000 belongs to the next prefix.
    for (; std::abs(value) >= 999.95 && prefix + 1 < prefixes.size(); ++prefix) value /= 1000;
    const int digits = std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
    auto number = prefix == 0 && value == std::floor(value) ? fmt::format("{:.0f}", value)
                                                            : fmt::format("{:.{}f}", value, digits);
    return fmt::format("{}{}{}{}", number, space, prefixes[prefix], unit);
}

milliseconds since_epoch(const google::protobuf::Timestamp& time) {
    return milliseconds{time.seconds() * 1000 + time.nanos() / 1'000'000};
}

bool is_set(const google::protobuf::Timestamp& time) {
    return time.seconds() != 0 || time.nanos() != 0;
}

}  // namespace

std::string hash_rate_text(double hashes_per_second) {
    return hashes_per_second <= 0 ? "0" : scaled(hashes_per_second, "H/s", " ");
}

std::string magnitude_text(double value) {
    if (value != 0 && std::abs(value) < 0.01) return fmt::format("{:.3g}", value);
    return scaled(value, "", "");
}

std::string percent_text(double ratio) {
    return fmt::format("{:.2f} %", std::floor(ratio * 10'000 + 1e-9) / 100);
}

std::string duration_text(milliseconds duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration).count();
    if (duration < milliseconds{10'000})
        return fmt::format("{:.3g}s", static_cast<double>(duration.count()) / 1000);
    if (seconds < 120) return fmt::format("{}s", seconds);
    if (seconds < 7200) return fmt::format("{}m", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{}d {}h", seconds / 86'400, seconds / 3600 % 24);
}

std::string duration_text(const google::protobuf::Duration& duration) {
    return duration_text(milliseconds{duration.seconds() * 1000 + duration.nanos() / 1'000'000});
}

std::string age_text(const google::protobuf::Timestamp& time, Now now) {
    if (!is_set(time)) return "-";
    const auto age = std::chrono::floor<milliseconds>(now.time_since_epoch()) - since_epoch(time);
    return duration_text(std::chrono::floor<std::chrono::seconds>(std::max(age, milliseconds{0})));
}

std::string due_text(const google::protobuf::Timestamp& time, Now now) {
    if (!is_set(time)) return "-";
    const auto left = since_epoch(time) - std::chrono::floor<milliseconds>(now.time_since_epoch());
    if (left < milliseconds{0}) return age_text(time, now) + " ago";
    return "in " + duration_text(std::chrono::floor<std::chrono::seconds>(left));
}

std::string time_text(const google::protobuf::Timestamp& time) {
    if (!is_set(time)) return "-";
    return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                       fmt::gmtime(static_cast<std::time_t>(time.seconds())));
}

std::string bitcoin_text(std::uint64_t satoshi) {
    return fmt::format("{}.{:08}", satoshi / 100'000'000, satoshi % 100'000'000);
}

std::string enum_text(const google::protobuf::EnumValueDescriptor& value) {
    // The prefix is the type's name in capitals: KIND_, STATE_.
    std::string prefix;
    for (const char c : value.type()->name()) {
        if (std::isupper(static_cast<unsigned char>(c)) != 0 && !prefix.empty()) prefix += '_';
        prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    prefix += '_';
    std::string text = value.name();
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text == "unspecified" ? "-" : text;
}

std::string printable(std::string_view text) {
    std::string shown{text};
    std::ranges::replace_if(
        shown, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    // The C1 control characters, which some terminals obey, are U+0080 to U+009F: C2 80 to C2 9F.
    for (std::size_t i = 0; i + 1 < shown.size(); ++i)
        if (shown[i] == '\xc2' && static_cast<unsigned char>(shown[i + 1]) < 0xa0)
            shown.replace(i, 2, "?");
    return shown;
}

std::string or_dash(std::string_view text) {
    return text.empty() ? "-" : printable(text);
}

}  // namespace aditctl
