#include "aditctl/payout_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "share_export/columns.h"

namespace aditctl {
namespace {

using bitcoin::DifficultySum;
using Json = nlohmann::ordered_json;

__extension__ using Wide = unsigned __int128;

std::string decimal(const DifficultySum& sum) {
    return fmt::format("{}", (Wide{sum.high} << 64) | sum.low);
}
std::string coins(std::uint64_t sat) {
    return fmt::format("{}.{:08}", sat / 100'000'000, sat % 100'000'000);
}
double to_double(const DifficultySum& sum) {
    return static_cast<double>(sum.high) * 18446744073709551616.0 + static_cast<double>(sum.low);
}
double percent(const DifficultySum& part, const DifficultySum& of) {
    return of == DifficultySum{} ? 0 : 100 * to_double(part) / to_double(of);
}

/// What a miner gets over all blocks.
struct Total {
    std::uint64_t mature = 0;
    std::uint64_t immature = 0;
};

struct Totals {
    std::vector<Total> miners{};
    Total fee{};
    Total unearned{};
    Total all{};
};

Totals totals_of(const PplnsReport& report) {
    Totals totals;
    totals.miners.resize(report.miners.size());
    for (const auto& line : report.blocks) {
        if (!line.paid) continue;
        const auto add = [&](Total& to, std::uint64_t sat) {
            (line.known.is_mature() ? to.mature : to.immature) += sat;
        };
        for (std::size_t i = 0; i < totals.miners.size(); ++i)
            add(totals.miners[i], line.paid->amounts_sat[i]);
        add(totals.fee, line.paid->fee_sat);
        add(totals.unearned, line.paid->unearned_sat);
        add(totals.all, line.paid->block.reward_sat);
    }
    return totals;
}

Json time_json(const TimeRange& time) {
    return {{"from", share_export::time_text(time.from)}, {"to", share_export::time_text(time.to)}};
}

Json to_json(const PplnsLine& line, const std::vector<std::string>& miners) {
    Json json{{"hash", line.known.block.hash.value.to_be_hex()},
              {"height", line.known.block.height},
              {"state", line.known.state},
              {"is_mature", line.known.is_mature()},
              {"reward_sat", line.paid ? line.known.block.reward_sat : 0}};
    if (!line.paid) return json;
    json["fee_sat"] = line.paid->fee_sat;
    json["unearned_sat"] = line.paid->unearned_sat;
    json["window_q32"] = decimal(line.paid->window);
    json["filled_q32"] = decimal(line.paid->filled);
    auto& payouts = json["payouts"] = Json::array();
    for (std::size_t i = 0; i < miners.size(); ++i)
        if (line.paid->scores[i] != DifficultySum{})
            payouts.push_back({{"identity", miners[i]},
                               {"sat", line.paid->amounts_sat[i]},
                               {"score_q32", decimal(line.paid->scores[i])}});
    return json;
}

std::string to_text(const PplnsLine& line) {
    auto text = fmt::format("{:>8}  {}  {:<10}", line.known.block.height,
                            line.known.block.hash.value.to_be_hex(), line.known.state);
    if (!line.paid) return text + "  pays nothing\n";
    text += fmt::format("  {:>17} BTC", coins(line.paid->block.reward_sat));
    if (!line.known.is_mature()) text += "  immature";
    if (line.paid->filled < line.paid->window)
        text += fmt::format("  the shares fill {:.1f} % of its window",
                            percent(line.paid->filled, line.paid->window));
    return text + '\n';
}

std::string name_of(const std::string& miner) {
    return miner.empty() ? "(no name)" : miner;
}

/// Names can be long, and strangers choose them.
std::size_t widest(const std::vector<std::string>& miners) {
    constexpr std::size_t least = 12;
    constexpr std::size_t most = 64;
    std::size_t width = least;
    for (const auto& miner : miners) width = std::max(width, miner.size());
    return std::min(width, most);
}

std::string rule(std::size_t width) {
    return std::string(width, '-') + '\n';
}

}  // namespace

Json to_json(const PplnsReport& report) {
    Json json{{"scheme", "pplns"}};
    json.update(time_json(report.time));
    json["window"] = report.rules.window;
    json["fee_basis_points"] = report.rules.fee_basis_points;
    auto& blocks = json["blocks"] = Json::array();
    for (const auto& line : report.blocks) blocks.push_back(to_json(line, report.miners));
    const auto totals = totals_of(report);
    auto& miners = json["totals"] = Json::array();
    for (std::size_t i = 0; i < report.miners.size(); ++i)
        if (totals.miners[i].mature + totals.miners[i].immature > 0)
            miners.push_back({{"identity", report.miners[i]},
                              {"mature_sat", totals.miners[i].mature},
                              {"immature_sat", totals.miners[i].immature}});
    json["fee_sat"] = totals.fee.mature + totals.fee.immature;
    json["unearned_sat"] = totals.unearned.mature + totals.unearned.immature;
    json["reward_sat"] = totals.all.mature + totals.all.immature;
    return json;
}

Json to_json(const FppsReport& report) {
    Json json{{"scheme", "fpps"}};
    json.update(time_json(report.time));
    json["fees_sat"] = report.rules.fees_sat;
    json["fees_of_blocks"] = report.blocks;
    json["fee_basis_points"] = report.rules.fee_basis_points;
    auto& groups = json["groups"] = Json::array();
    for (const auto& group : report.paid.groups)
        groups.push_back({{"network_difficulty_q32", decimal(group.network_difficulty)},
                          {"reward_sat", group.reward_sat},
                          {"difficulty_q32", decimal(group.difficulty)},
                          {"gross_sat", group.gross_sat},
                          {"fee_sat", group.fee_sat}});
    auto& miners = json["totals"] = Json::array();
    for (std::size_t i = 0; i < report.miners.size(); ++i)
        if (report.paid.scores[i] != DifficultySum{})
            miners.push_back({{"identity", report.miners[i]},
                              {"sat", report.paid.amounts_sat[i]},
                              {"score_q32", decimal(report.paid.scores[i])}});
    json["fee_sat"] = report.paid.fee_sat;
    json["gross_sat"] = report.paid.gross_sat;
    return json;
}

std::string to_text(const PplnsReport& report) {
    std::string text;
    for (const auto& line : report.blocks) text += to_text(line);
    if (report.blocks.empty()) text += "no blocks in this time\n";
    const auto totals = totals_of(report);
    const auto width = widest(report.miners);
    const auto row = [&](const std::string& name, const Total& total) {
        text += fmt::format("{:<{}}  {:>20}  {:>20}\n", name, width, total.mature, total.immature);
    };
    text += fmt::format("\n{:<{}}  {:>20}  {:>20}\n", "IDENTITY", width, "SATOSHI", "IMMATURE");
    for (std::size_t i = 0; i < report.miners.size(); ++i)
        if (totals.miners[i].mature + totals.miners[i].immature > 0)
            row(name_of(report.miners[i]), totals.miners[i]);
    text += rule(width + 44);
    row(fmt::format("fee {} bp", report.rules.fee_basis_points), totals.fee);
    if (totals.unearned.mature + totals.unearned.immature > 0) row("unearned", totals.unearned);
    row("reward", totals.all);
    return text;
}

std::string to_text(const FppsReport& report) {
    auto text = report.blocks > 0
                    ? fmt::format("fees: {} BTC a block, the average of {} blocks of the time\n",
                                  coins(report.rules.fees_sat), report.blocks)
                    : fmt::format("fees: {} BTC a block\n", coins(report.rules.fees_sat));
    for (const auto& group : report.paid.groups)
        text += fmt::format("difficulty {:.6g} at {:.6g} of the network, {} BTC a block: {}\n",
                            to_double(group.difficulty) / 4294967296.0,
                            to_double(group.network_difficulty) / 4294967296.0,
                            coins(group.reward_sat), coins(group.gross_sat));
    const auto width = widest(report.miners);
    const auto row = [&](const std::string& name, std::uint64_t sat) {
        text += fmt::format("{:<{}}  {:>20}\n", name, width, sat);
    };
    text += fmt::format("\n{:<{}}  {:>20}\n", "IDENTITY", width, "SATOSHI");
    for (std::size_t i = 0; i < report.miners.size(); ++i)
        if (report.paid.scores[i] != DifficultySum{})
            row(name_of(report.miners[i]), report.paid.amounts_sat[i]);
    text += rule(width + 22);
    row(fmt::format("fee {} bp", report.rules.fee_basis_points), report.paid.fee_sat);
    row("worth", report.paid.gross_sat);
    return text;
}

}  // namespace aditctl
