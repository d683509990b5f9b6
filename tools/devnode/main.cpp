#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/clock.h"
#include "bitcoin/difficulty.h"
#include "devnode/chain_node.h"
#include "devnode/rpc_server.h"

namespace {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    double difficulty = 1.0 / 256;
    bool is_as_regtest = false;
    double block_interval_s = 5;
    double refresh_interval_s = 10;
    double foreign_blocks_s = 0;
    std::size_t transactions = 3;
    std::string zmq_hashblock{};
    std::string chain_file{};
};

std::chrono::milliseconds to_milliseconds(double seconds) {
    return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

devnode::ChainNode::Settings to_settings(const Options& options) {
    devnode::ChainNode::Settings settings;
    settings.chain.block_interval = to_milliseconds(options.block_interval_s);
    settings.chain.start_nbits = bitcoin::to_nbits(bitcoin::target_of(bitcoin::Difficulty{
        static_cast<std::uint64_t>(std::ceil(std::ldexp(options.difficulty, 32)))}));
    if (options.is_as_regtest) {
        settings.chain.start_nbits = 0x207fffff;
        settings.chain.retargets = false;
    }
    settings.chain.transactions = options.transactions;
    settings.refresh_interval = to_milliseconds(options.refresh_interval_s);
    settings.foreign_blocks = to_milliseconds(options.foreign_blocks_s);
    settings.zmq_hashblock = options.zmq_hashblock;
    settings.file = options.chain_file;
    return settings;
}

void run(const Options& options) {
    boost::asio::io_context loop{1};
    const base::SystemClock clock;
    devnode::ChainNode node{loop, clock, to_settings(options)};
    const boost::asio::ip::tcp::endpoint listen{boost::asio::ip::make_address(options.host),
                                                options.port};
    const devnode::RpcServer server{
        loop, listen, [&](const auto& request, auto on_answer) { node.call(request, on_answer); }};
    boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
    signals.async_wait([&](const auto&, int) { loop.stop(); });
    std::cout << "serving regtest on " << listen << std::endl;
    loop.run();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "The development chain as a node of its own, which several template replicas can share: "
        "JSON-RPC as full nodes serve it, with any credentials, and with invalidateblock and "
        "generatetodescriptor, which make it reorganise. Without --chain-file the chain begins "
        "anew at each start."};
    Options options;
    app.add_option("--host", options.host, "address to listen on")->capture_default_str();
    app.add_option("--port", options.port, "port to listen on")->required();
    auto* difficulty = app.add_option("--difficulty", options.difficulty, "of the first block")
                           ->capture_default_str()
                           ->check(CLI::Range(4.7e-10, 1e6));
    auto* interval = app.add_option("--block-interval", options.block_interval_s,
                                    "seconds that the difficulty aims at")
                         ->capture_default_str()
                         ->check(CLI::Range(0.1, 3600.0));
    app.add_flag("--regtest-difficulty", options.is_as_regtest,
                 "every block is as easy as all of Bitcoin Core's regtest: two hashes find it")
        ->excludes(difficulty)
        ->excludes(interval);
    app.add_option("--refresh-interval", options.refresh_interval_s,
                   "seconds to one more transaction; 0 for none")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 3600.0));
    app.add_option("--foreign-blocks", options.foreign_blocks_s,
                   "seconds between blocks that are not ours; 0 for none")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 86400.0));
    app.add_option("--transactions", options.transactions, "in each block")
        ->capture_default_str()
        ->check(CLI::Range(0, 500));
    app.add_option("--zmq-hashblock", options.zmq_hashblock,
                   "announce new tips by ZeroMQ, such as at tcp://127.0.0.1:28332 (nowhere)");
    app.add_option("--chain-file", options.chain_file,
                   "where the chain is kept, and goes on at the next start with the same options");
    app.set_version_flag("--version", std::string{"adit-devnode "} + ADIT_VERSION);
    CLI11_PARSE(app, argc, argv);
    try {
        run(options);
    } catch (const std::exception& error) {
        std::cerr << "adit-devnode: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
