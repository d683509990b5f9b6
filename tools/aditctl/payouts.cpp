#include "aditctl/payouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "aditctl/payout_report.h"
#include "aditctl/payout_source.h"
#include "bitcoin/subsidy.h"

namespace aditctl {
namespace {

struct Options {
    std::string scheme{};
    TimeOptions time{};
    payout::PplnsRules pplns{};
    std::string network = "main";
    std::optional<std::uint64_t> fees_sat{};
    std::vector<std::string> inputs{};
    std::string blocks{};
};

/// Where nothing else is given, the admin service is asked.
std::vector<KnownBlock> blocks_of(const Options& options, const GlobalOptions& global,
                                  const TimeRange& time) {
    std::vector<KnownBlock> blocks;
    if (!options.blocks.empty()) {
        for (auto& block : read_blocks(options.blocks))
            if (block.block.found_at >= time.from && block.block.found_at < time.to)
                blocks.push_back(std::move(block));
    } else if (options.inputs.empty() || options.scheme == "pplns") {
        AdminChannel admin{global};
        blocks = blocks_from(admin, time);
    }
    std::ranges::sort(blocks, {}, [](const KnownBlock& known) {
        return std::tuple{known.block.found_at, known.block.hash};
    });
    return blocks;
}

bool is_window_filled(const payout::ShareBook& book, const std::vector<KnownBlock>& blocks,
                      const payout::PplnsRules& rules) {
    return std::ranges::all_of(blocks, [&](const KnownBlock& known) {
        if (!known.is_paid()) return true;
        const auto paid = payout::pay_pplns(book, known.block, rules);
        return paid && paid->filled == paid->window;
    });
}

payout::ShareBook book_of_files(const Options& options) {
    payout::ShareBook book;
    read_shares(options.inputs, book);
    book.finish();
    return book;
}

payout::ShareBook book_of_admin(const Options& options, const GlobalOptions& global,
                                const TimeRange& time, const std::vector<KnownBlock>& blocks) {
    AdminChannel admin{global};
    if (options.scheme == "fpps") return shares_from(admin, time, {});
    return shares_from(admin, time, [&](const payout::ShareBook& book) {
        return is_window_filled(book, blocks, options.pplns);
    });
}

PplnsReport pplns_of(const Options& options, const TimeRange& time,
                     const std::vector<KnownBlock>& blocks, const payout::ShareBook& book) {
    PplnsReport report{.time = time, .rules = options.pplns, .miners = book.miners()};
    for (const auto& known : blocks) {
        auto& line = report.blocks.emplace_back(PplnsLine{.known = known});
        if (!known.is_paid()) continue;
        line.paid = payout::pay_pplns(book, known.block, options.pplns);
        if (!line.paid)
            throw std::runtime_error(fmt::format(
                "block {} at height {}: no share up to it says how difficult the network was, so "
                "its window is not known; give the shares of the time before it, too",
                known.block.hash.value.to_be_hex(), known.block.height));
    }
    return report;
}

/// The average of what the time's blocks paid beyond their subsidies, rounded down.
void set_fees(const Options& options, const std::vector<KnownBlock>& blocks, FppsReport& report) {
    if (options.fees_sat) {
        report.rules.fees_sat = *options.fees_sat;
        return;
    }
    std::uint64_t sum = 0;
    for (const auto& known : blocks) {
        if (!known.is_paid()) continue;
        const auto subsidy = bitcoin::block_subsidy(known.block.height, report.rules.network);
        sum += known.block.reward_sat - std::min(known.block.reward_sat, subsidy);
        ++report.blocks;
    }
    if (report.blocks > 0) report.rules.fees_sat = sum / report.blocks;
}

FppsReport fpps_of(const Options& options, const TimeRange& time,
                   const std::vector<KnownBlock>& blocks, const payout::ShareBook& book) {
    FppsReport report{.time = time, .miners = book.miners()};
    const auto network = bitcoin::network_of_chain(options.network);
    if (!network) throw std::runtime_error("--network is main, test, testnet4, signet or regtest");
    report.rules.network = *network;
    report.rules.fee_basis_points = options.pplns.fee_basis_points;
    set_fees(options, blocks, report);
    auto paid = payout::pay_fpps(book, time.from, time.to, report.rules);
    if (!paid) throw std::runtime_error(paid.error());
    report.paid = *std::move(paid);
    return report;
}

template <class Report>
void print(const GlobalOptions& global, const Report& report) {
    if (global.output != Output::table)
        fmt::print("{}\n", to_json(report).dump(global.output == Output::json ? 2 : -1, ' ', false,
                                                nlohmann::json::error_handler_t::replace));
    else
        fmt::print("{}", to_text(report));
}

void show_payouts(const Options& options, const GlobalOptions& global, base::UnixMicros now) {
    const auto time = range_of(options.time, now);
    payout::ShareBook book;
    if (!options.inputs.empty()) book = book_of_files(options);
    const auto blocks = blocks_of(options, global, time);
    if (options.inputs.empty()) book = book_of_admin(options, global, time, blocks);
    if (options.scheme == "pplns") return print(global, pplns_of(options, time, blocks, book));
    print(global, fpps_of(options, time, blocks, book));
}

}  // namespace

void add_payouts_command(CLI::App& app, const GlobalOptions& global, const base::Clock& clock) {
    auto options = std::make_shared<Options>();
    auto* payouts = app.add_subcommand(
        "payouts",
        "prints who earned what, in satoshi: by the blocks of a time and the last shares before "
        "each (pplns), or by what the time's shares were worth on average (fpps)");
    payouts->add_option("--scheme", options->scheme, "pplns or fpps")
        ->check(CLI::IsMember({"pplns", "fpps"}))
        ->required();
    add_time_options(*payouts, options->time);
    payouts
        ->add_option("--fee-bp", options->pplns.fee_basis_points,
                     "the pool's fee, in hundredths of a percent of what is divided")
        ->check(CLI::Range(0, 10'000))
        ->capture_default_str();
    payouts
        ->add_option("--window", options->pplns.window,
                     "pplns: the shares of so many times the network's difficulty are paid")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    payouts->add_option("--fees-sat", options->fees_sat,
                        "fpps: the fees of a block; where it is not given, the average of the "
                        "time's blocks");
    payouts->add_option("--network", options->network, "fpps: whose subsidies, as nodes name it")
        ->capture_default_str();
    payouts->add_option("--input", options->inputs,
                        "exported shares: files of JSON Lines or CSV, .zst or not, - for standard "
                        "input, or the folder of [export.files]; where it is not given, the admin "
                        "service is asked");
    payouts->add_option("--blocks", options->blocks,
                        "the pool's blocks: a file of aditctl direct blocks --output json --count "
                        "1000000; where it is not given, the admin service is asked");
    payouts->callback(
        [options, &global, &clock] { show_payouts(*options, global, clock.unix_now()); });
}

}  // namespace aditctl
