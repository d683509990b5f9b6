#include <utility>
#include <vector>

#include "bus/codec.h"
#include "bus/codec_batch.h"
#include "bus/codec_fields.h"
#include "bus/wire.h"
#include "bus/wire_kinds.h"

namespace bus {
namespace {

using wire::tag;
using wire::Type;

constexpr std::size_t head_size_max = 4 * wire::number_size_max;
constexpr std::size_t verdict_size_max = 4 * wire::number_size_max;

void write(wire::Writer& to, const Verdict& verdict) {
    to.number(1, wire::number_of(verdict.error));
    to.fixed64(2, verdict.difficulty.q32);
    to.number(3, verdict.solves_block ? 1 : 0);
}

bool read(std::string_view bytes, Verdict& verdict) {
    std::uint64_t code = 0;
    wire::Reader from{bytes};
    for (wire::Field field; from.next(field);) {
        switch (field.tag) {
            case tag(1, Type::varint): code = field.number; break;
            case tag(2, Type::fixed64): verdict.difficulty.q32 = field.number; break;
            case tag(3, Type::varint): verdict.solves_block = field.number != 0; break;
            default: break;
        }
    }
    return !from.is_damaged() && wire::share_error(code, verdict.error);
}

template <class Part>
std::vector<std::string> encoded(const std::vector<Part>& parts, std::size_t& size) {
    std::vector<std::string> fields;
    for (const auto& part : parts) {
        fields.push_back(encode_field(part));
        size += fields.back().size() + wire::number_size_max;
    }
    return fields;
}

template <class Part>
bool add(std::vector<Part>& parts, std::optional<Part> part) {
    if (part) parts.push_back(std::move(*part));
    return part.has_value();
}

void write(wire::Writer& to, const Result& result, const std::vector<std::string>& opens,
           const std::vector<std::string>& changes) {
    to.number(1, result.epoch.value);
    to.number(2, result.partition.value);
    to.number(3, result.sequence);
    for (const auto& verdict : result.verdicts) to.message(4, [&] { write(to, verdict); });
    for (const auto& open : opens) to.item(5, open);
    for (const auto& change : changes) to.item(6, change);
}

}  // namespace

std::uint8_t verdict_code(const Verdict& verdict) {
    return static_cast<std::uint8_t>(wire::number_of(verdict.error));
}

void append_result(std::uint32_t field, const Result& result, std::string& to) {
    auto size =
        2 * wire::number_size_max + head_size_max + result.verdicts.size() * verdict_size_max;
    const auto opens = encoded(result.opens, size);
    const auto changes = encoded(result.outputs_changes, size);
    wire::Writer out{to, size};
    out.message(field, [&] { write(out, result, opens, changes); });
    out.finish();
}

std::string encode_result(const Result& result) {
    auto size = head_size_max + result.verdicts.size() * verdict_size_max;
    const auto opens = encoded(result.opens, size);
    const auto changes = encoded(result.outputs_changes, size);
    std::string bytes;
    wire::Writer out{bytes, size};
    write(out, result, opens, changes);
    out.finish();
    return bytes;
}

std::optional<Result> decode_result(std::string_view bytes) {
    Result result;
    // A verdict takes eleven bytes where it credits something.
    result.verdicts.reserve(bytes.size() / 11);
    wire::Reader from{bytes};
    for (wire::Field field; from.next(field);) {
        bool is_good = true;
        switch (field.tag) {
            case tag(1, Type::varint): result.epoch.value = field.number; break;
            case tag(2, Type::varint):
                result.partition.value = static_cast<std::uint32_t>(field.number);
                break;
            case tag(3, Type::varint): result.sequence = field.number; break;
            case tag(4, Type::bytes):
                is_good = read(field.bytes, result.verdicts.emplace_back());
                break;
            case tag(5, Type::bytes): is_good = add(result.opens, decode_open(field.bytes)); break;
            case tag(6, Type::bytes):
                is_good = add(result.outputs_changes, decode_outputs_change(field.bytes));
                break;
            default: break;
        }
        if (!is_good) return std::nullopt;
    }
    if (from.is_damaged()) return std::nullopt;
    return result;
}

}  // namespace bus
