#include "ledger/channel_fields.h"

#include <algorithm>

namespace ledger {
namespace {

std::string piece_name(std::string_view name, std::size_t number) {
    std::string piece{name};
    if (number > 1) piece += '_' + std::to_string(number);
    return piece;
}

}  // namespace

void append_in_pieces(ChannelFields& fields, std::string_view name, std::string_view value) {
    std::size_t number = 1;
    do {
        fields.emplace_back(piece_name(name, number++), value.substr(0, compact_value_size_max));
        value.remove_prefix(std::min(value.size(), compact_value_size_max));
    } while (!value.empty());
}

std::string whole_value(const redis::Reply& hash, std::string_view name) {
    std::string whole;
    if (hash.array() == nullptr) return whole;
    const auto pairs = hash.array()->size() / 2;
    for (std::size_t number = 1; number <= pairs; ++number) {
        const auto wanted = piece_name(name, number);
        std::size_t at = 0;
        while (at < pairs && hash.string_at(2 * at) != wanted) ++at;
        if (at == pairs) break;
        whole += hash.string_at(2 * at + 1);
    }
    return whole;
}

}  // namespace ledger
