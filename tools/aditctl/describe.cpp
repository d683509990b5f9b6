#include "aditctl/describe.h"

#include <adit/admin/v1/page.pb.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "aditctl/table_text.h"

namespace aditctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace v1 = adit::admin::v1;

struct Line {
    std::string name{};
    std::string value{};
};

std::string text_of(const v1::HashRates& rates) {
    return fmt::format("1m {}  5m {}  1h {}  24h {}", hash_rate_text(rates.last_minute()),
                       hash_rate_text(rates.last_5_minutes()), hash_rate_text(rates.last_hour()),
                       hash_rate_text(rates.last_day()));
}

std::string text_of(const v1::ShareCounts& counts) {
    auto text = fmt::format("{} accepted, {} rejected, {} valid, work {}", counts.accepted(),
                            counts.rejected(), percent_text(counts.valid_ratio()),
                            magnitude_text(counts.work()));
    std::vector<std::pair<std::string, std::uint64_t>> reasons(counts.rejected_by_reason().begin(),
                                                               counts.rejected_by_reason().end());
    std::ranges::sort(reasons, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (const auto& [reason, count] : reasons)
        text += fmt::format("; {} {}", printable(reason), count);
    return text;
}

/// Messages that are one value; empty for others.
std::string value_of(const Message& message, Now now) {
    const auto* const type = message.GetDescriptor();
    if (type == google::protobuf::Timestamp::descriptor()) {
        const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
        return fmt::format("{} UTC ({})", time_text(time), due_text(time, now));
    }
    if (type == google::protobuf::Duration::descriptor())
        return duration_text(static_cast<const google::protobuf::Duration&>(message));
    if (type == v1::HashRates::descriptor())
        return text_of(static_cast<const v1::HashRates&>(message));
    if (type == v1::ShareCounts::descriptor())
        return text_of(static_cast<const v1::ShareCounts&>(message));
    return {};
}

std::string number_text(const std::string& name, double value) {
    if (name.ends_with("hash_rate")) return hash_rate_text(value);
    if (name.ends_with("difficulty") || name == "work") return magnitude_text(value);
    return fmt::format("{:.6g}", value);
}

std::string scalar_text(const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return fmt::format("{}", reflection.GetInt32(message, &field));
        case FieldDescriptor::CPPTYPE_INT64:
            return fmt::format("{}", reflection.GetInt64(message, &field));
        case FieldDescriptor::CPPTYPE_UINT32:
            return fmt::format("{}", reflection.GetUInt32(message, &field));
        case FieldDescriptor::CPPTYPE_UINT64: {
            const auto value = reflection.GetUInt64(message, &field);
            if (field.name().ends_with("_sat"))
                return fmt::format("{} ({} BTC)", value, bitcoin_text(value));
            return fmt::format("{}", value);
        }
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return number_text(field.name(), reflection.GetDouble(message, &field));
        case FieldDescriptor::CPPTYPE_FLOAT:
            return number_text(field.name(),
                               static_cast<double>(reflection.GetFloat(message, &field)));
        case FieldDescriptor::CPPTYPE_BOOL:
            return reflection.GetBool(message, &field) ? "yes" : "no";
        case FieldDescriptor::CPPTYPE_ENUM: return enum_text(*reflection.GetEnum(message, &field));
        case FieldDescriptor::CPPTYPE_STRING:
            return printable(reflection.GetString(message, &field));
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    return {};
}

std::string in_one_line(const Message& message, Now now);

std::string field_text(const Message& message, const FieldDescriptor& field, Now now) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return scalar_text(message, field);
    const auto& inner = message.GetReflection()->GetMessage(message, &field);
    auto value = value_of(inner, now);
    return value.empty() ? in_one_line(inner, now) : value;
}

bool has(const Message& message, const FieldDescriptor& field) {
    return field.has_presence() ? message.GetReflection()->HasField(message, &field) : true;
}

std::string in_one_line(const Message& message, Now now) {
    std::string line;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const auto& field = *message.GetDescriptor()->field(i);
        if (field.is_repeated() || !has(message, field)) continue;
        const auto value = field_text(message, field, now);
        if (value.empty()) continue;
        line += fmt::format("{}{}={}", line.empty() ? "" : "  ", field.name(), value);
    }
    return line;
}

void add_lines(const std::string& prefix, const Message& message, Now now,
               std::vector<Line>& lines);

void add_repeated(const std::string& name, const Message& message, const FieldDescriptor& field,
                  Now now, std::vector<Line>& lines) {
    const auto& reflection = *message.GetReflection();
    const auto first = lines.size();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            lines.push_back({"", printable(reflection.GetRepeatedString(message, &field, i))});
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            const auto& item = reflection.GetRepeatedMessage(message, &field, i);
            auto value = value_of(item, now);
            lines.push_back({"", value.empty() ? in_one_line(item, now) : std::move(value)});
        }
    }
    // Maps have no order of their own.
    if (field.is_map())
        std::sort(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end(),
                  [](const Line& a, const Line& b) { return a.value < b.value; });
    if (lines.size() > first) lines[first].name = name;
}

void add_lines(const std::string& prefix, const Message& message, Now now,
               std::vector<Line>& lines) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const auto& field = *message.GetDescriptor()->field(i);
        const auto name = prefix + field.name();
        if (field.is_repeated()) {
            add_repeated(name, message, field, now, lines);
            continue;
        }
        if (!has(message, field)) continue;
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            const auto& inner = message.GetReflection()->GetMessage(message, &field);
            if (auto value = value_of(inner, now); !value.empty())
                lines.push_back({name, std::move(value)});
            else
                add_lines(name + ".", inner, now, lines);
            continue;
        }
        if (auto value = scalar_text(message, field); !value.empty() && value != "-")
            lines.push_back({name, std::move(value)});
    }
}

}  // namespace

std::string to_json(const Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string json;
    if (const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
        !status.ok())
        throw std::runtime_error{"no JSON: " + status.ToString()};
    return json;
}

std::string describe(const Message& message, Now now) {
    std::vector<Line> lines;
    add_lines("", message, now, lines);
    std::size_t width = 0;
    for (const auto& line : lines) width = std::max(width, width_of(line.name));
    std::string text;
    for (const auto& line : lines)
        text += fmt::format("{:<{}}  {}\n", line.name, width, line.value);
    return text;
}

}  // namespace aditctl
