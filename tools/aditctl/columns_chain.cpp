#include <fmt/format.h>

#include "aditctl/columns.h"
#include "aditctl/names.h"

namespace aditctl {
namespace {

constexpr auto right = Align::right;
constexpr auto wide = Shown::wide;
constexpr auto always = Shown::always;

Cell block_state(const v1::Block& block) {
    const auto text = enum_text(block.state());
    switch (block.state()) {
        case v1::Block::STATE_REJECTED:
        case v1::Block::STATE_GIVEN_UP:
        case v1::Block::STATE_ORPHANED: return {text, Tone::bad};
        case v1::Block::STATE_FOUND: return {text, Tone::warning};
        default: return {text, Tone::good};
    }
}

Cell verdict_cell(const v1::Node& node) {
    if (!node.is_reachable()) return {"unreachable", Tone::bad};
    const auto text = enum_text(node.verdict()) + (node.leads() ? ", leads" : "");
    switch (node.verdict()) {
        case v1::Node::VERDICT_USABLE: return {text, Tone::good};
        case v1::Node::VERDICT_POOR: return {text, Tone::warning};
        case v1::Node::VERDICT_REFUSED: return {text, Tone::bad};
        default: return {text};
    }
}

std::string subject_of(const v1::Ban& ban) {
    return printable(ban.has_address() ? ban.address() : ban.identity());
}

}  // namespace

template <>
const std::vector<Column<v1::Template>>& columns() {
    using Row = v1::Template;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"CURRENT"},
         always,
         [](const Row& row, Now) {
             return row.is_current() ? Cell{"current", Tone::good} : Cell{"-"};
         }},
        {{"HEIGHT", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.height())}; }},
        {{"AGE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.create_time(), now)}; }},
        {{"VALUE BTC", right},
         always,
         [](const Row& row, Now) { return Cell{bitcoin_text(row.value_sat())}; }},
        {{"TRANSACTIONS", right},
         always,
         [](const Row& row, Now) {
             return Cell{row.has_transactions() ? fmt::format("{}", row.transactions()) : "-"};
         }},
        {{"NODE"},
         always,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.node()))}; }},
        {{"DIFFICULTY", right},
         wide,
         [](const Row& row, Now) { return Cell{magnitude_text(row.network_difficulty())}; }},
        {{"PREVIOUS BLOCK"},
         wide,
         [](const Row& row, Now) { return Cell{or_dash(row.prev_hash())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Node>>& columns() {
    using Row = v1::Node;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"VERDICT"}, always, [](const Row& row, Now) { return verdict_cell(row); }},
        {{"HEIGHT", right},
         always,
         [](const Row& row, Now) {
             return Cell{row.has_height() ? fmt::format("{}", row.height()) : "-"};
         }},
        {{"BEHIND", right},
         always,
         [](const Row& row, Now) {
             return Cell{fmt::format("{}", row.blocks_behind()),
                         row.blocks_behind() > 0 ? Tone::warning : Tone::plain};
         }},
        {{"PEERS", right},
         always,
         [](const Row& row, Now) {
             return Cell{row.has_peers() ? fmt::format("{}", row.peers()) : "-"};
         }},
        {{"KIND"}, always, [](const Row& row, Now) { return Cell{or_dash(row.kind())}; }},
        {{"ADDRESS"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.address())}; }},
        {{"SOFTWARE"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.software())}; }},
        {{"CHAIN"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.chain())}; }},
        {{"TIP"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.tip())}; }},
        {{"NEWS"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.news())}; }},
        {{"REASON"}, always, [](const Row& row, Now) { return Cell{or_dash(row.reason())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Block>>& columns() {
    using Row = v1::Block;
    static const std::vector<Column<Row>> all{
        {{"HEIGHT", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.height())}; }},
        {{"STATE"}, always, [](const Row& row, Now) { return block_state(row); }},
        {{"FOUND", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.find_time(), now)}; }},
        {{"VALUE BTC", right},
         always,
         [](const Row& row, Now) { return Cell{bitcoin_text(row.value_sat())}; }},
        {{"BY"}, always, [](const Row& row, Now) { return Cell{or_dash(row.user_identity())}; }},
        {{"CHANNEL"},
         wide,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.channel()))}; }},
        {{"HASH"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"REASON"}, always, [](const Row& row, Now) { return Cell{or_dash(row.reason())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Ban>>& columns() {
    using Row = v1::Ban;
    static const std::vector<Column<Row>> all{
        {{"KIND"},
         always,
         [](const Row& row, Now) { return Cell{row.has_address() ? "address" : "identity"}; }},
        {{"SUBJECT"}, always, [](const Row& row, Now) { return Cell{subject_of(row)}; }},
        {{"ENDS"},
         always,
         [](const Row& row, Now now) {
             return Cell{row.has_expire_time() ? due_text(row.expire_time(), now) : "never"};
         }},
        {{"REASON"}, always, [](const Row& row, Now) { return Cell{or_dash(row.reason())}; }},
    };
    return all;
}

}  // namespace aditctl
