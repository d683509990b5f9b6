#include "translator/extranonce_layout.h"

#include <algorithm>
#include <utility>

namespace translator {
namespace {

/// Miners with less to roll run out of work between two jobs.
constexpr std::size_t extranonce2_size_min = 4;

struct Sizes {
    std::size_t slack{};
    std::size_t own{};
    std::size_t extranonce2{};
};

/// What is rolled in front of extranonce2 is slack and our own extranonce1; extranonce2 goes first
/// when there is not enough for all, down to what a miner needs.
std::optional<Sizes> sizes_of(PrefixIn prefix_in, bool has_prefix, std::size_t rolled,
                              std::size_t own, std::size_t extranonce2) {
    if (prefix_in == PrefixIn::extranonce1) {
        const std::size_t slack_min = has_prefix ? 0 : 1;
        if (rolled < slack_min + 1) return std::nullopt;
        extranonce2 = std::min(extranonce2, rolled - slack_min);
        return Sizes{.slack = rolled - extranonce2, .own = 0, .extranonce2 = extranonce2};
    }
    if (rolled < 2) return std::nullopt;
    if (own + extranonce2 > rolled) {
        extranonce2 = std::min(extranonce2, std::max(rolled - std::min(own, rolled),
                                                     std::min(extranonce2_size_min, rolled - 1)));
        own = std::min(own, rolled - extranonce2);
    }
    return Sizes{.slack = rolled - own - extranonce2, .own = own, .extranonce2 = extranonce2};
}

}  // namespace

std::optional<ExtranonceLayout> lay_out(PrefixIn prefix_in,
                                        std::shared_ptr<const base::Bytes> prefix,
                                        std::size_t rolled_size, const sv1::ExtranonceBytes& own,
                                        std::size_t extranonce2_size) {
    if (prefix->size() > mining::extranonce_size_max ||
        rolled_size > mining::extranonce_size_max - prefix->size())
        return std::nullopt;
    const auto sizes =
        sizes_of(prefix_in, !prefix->empty(), rolled_size, own.size, extranonce2_size);
    if (!sizes) return std::nullopt;

    // Zeros for the slack: the channel is this miner's alone.
    base::Bytes before{*prefix};
    before.resize(before.size() + sizes->slack);
    base::Bytes head(sizes->slack);
    base::append(head, own.view().first(sizes->own));

    ExtranonceLayout layout{.prefix = std::move(prefix),
                            .rolled_size = rolled_size,
                            .head = *mining::Extranonce::from(head),
                            .extranonce2_size = sizes->extranonce2};
    auto& extranonce1 = layout.extranonce1;
    if (prefix_in == PrefixIn::extranonce1) {
        extranonce1.size = before.size();
        std::ranges::copy(before, extranonce1.bytes.begin());
    } else {
        extranonce1.size = sizes->own;
        std::ranges::copy(own.view().first(sizes->own), extranonce1.bytes.begin());
        layout.coinbase1_tail = std::move(before);
    }
    return layout;
}

std::size_t wanted_extranonce_size(PrefixIn prefix_in, std::size_t extranonce2_size) {
    return prefix_in == PrefixIn::coinbase1 ? own_extranonce1_size + extranonce2_size
                                            : extranonce2_size;
}

}  // namespace translator
