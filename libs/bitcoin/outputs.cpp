#include "bitcoin/outputs.h"

#include <cstdint>

#include "bitcoin/compact_size.h"

namespace bitcoin {
namespace {

constexpr std::size_t value_size = 8;
constexpr std::size_t output_size_min = value_size + 1;

std::optional<TxOutput> read_output(base::ByteView& rest) {
    if (rest.size() < output_size_min) return std::nullopt;
    TxOutput output{.value_sat = base::load_le<std::uint64_t>(rest.data()), .script = {}};
    rest = rest.subspan(value_size);
    const auto size = read_compact_size(rest);
    if (!size || *size > rest.size()) return std::nullopt;
    output.script = base::to_bytes(rest.first(static_cast<std::size_t>(*size)));
    rest = rest.subspan(static_cast<std::size_t>(*size));
    return output;
}

}  // namespace

std::optional<std::vector<TxOutput>> parse_outputs(base::ByteView bytes) {
    const auto count = read_compact_size(bytes);
    // What cannot be there is not looked for.
    if (!count || *count > bytes.size() / output_size_min) return std::nullopt;
    std::vector<TxOutput> outputs;
    for (std::uint64_t i = 0; i < *count; ++i) {
        auto output = read_output(bytes);
        if (!output) return std::nullopt;
        outputs.push_back(*std::move(output));
    }
    if (!bytes.empty()) return std::nullopt;
    return outputs;
}

}  // namespace bitcoin
