#include "auditor/sv1_journal.h"

namespace auditor {
namespace {

// Version, the count of inputs, and the outpoint of nothing come before the scriptSig's length.
constexpr std::size_t script_size_at = 4 + 1 + 36;
constexpr std::size_t push_max = 75;
constexpr std::size_t name_size = 8 + 2 + 8;

std::size_t number(std::byte byte) {
    return std::to_integer<std::size_t>(byte);
}

}  // namespace

std::optional<LedgerJob> ledger_job_of(base::ByteView coinbase_begin) {
    if (coinbase_begin.size() <= script_size_at) return std::nullopt;
    const auto script_size = number(coinbase_begin[script_size_at]);
    const auto script = coinbase_begin.subspan(script_size_at + 1);
    for (std::size_t at = 0; at < script.size() && at < script_size;) {
        const auto opcode = number(script[at]);
        if (opcode <= push_max && at + 1 + opcode == script_size) {
            const auto name = script.subspan(at + 1);
            if (opcode < name_size || name.size() < name_size) return std::nullopt;
            return LedgerJob{.channel = mining::ChannelKey::from_bytes(name.subspan<10, 8>()),
                             .template_ref = mining::TemplateRef::from_bytes(name.first<8>()),
                             .variant = mining::Variant{static_cast<std::uint16_t>(
                                 (number(name[8]) << 8) | number(name[9]))}};
        }
        // A push of so many bytes; small heights are one opcode without any.
        at += 1 + (opcode <= push_max ? opcode : 0);
    }
    return std::nullopt;
}

}  // namespace auditor
