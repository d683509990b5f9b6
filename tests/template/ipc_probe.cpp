// A node's Mining interface as the template service sees it, for tests in other languages.
//
//   ipc_probe SOCKET NETWORK [CALL_TIMEOUT_S]
//
// Prints a JSON object a line for whatever the source says. Reads commands, a line each:
//   solve [early] [overpaid]  finds a block of the last template, or of the last without
//   transactions own | whole               submits the last found block: as this source's, or as
//   anybody's find HASH                 where the node has a block
// Ends with its input.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "bitcoin/block.h"
#include "template/ipc_source.h"
#include "template/solve_test.h"

namespace {

using nlohmann::json;
using templates::Candidate;
using templates::SubmitAnswer;

const char* name(SubmitAnswer::Kind kind) {
    switch (kind) {
        case SubmitAnswer::Kind::accepted: return "accepted";
        case SubmitAnswer::Kind::duplicate: return "duplicate";
        case SubmitAnswer::Kind::rejected: return "rejected";
        case SubmitAnswer::Kind::unreachable: return "unreachable";
        case SubmitAnswer::Kind::unsupported: return "unsupported";
    }
    return "";
}

class Probe {
  public:
    Probe(const std::string& socket, bitcoin::Network network, std::chrono::seconds call_timeout)
        : source_(loop_, clock_, random_, settings(socket, network, call_timeout)),
          input_(loop_, ::dup(STDIN_FILENO)) {}

    void run() {
        source_.start({.on_candidate = [this](Candidate given) { on_candidate(std::move(given)); },
                       .on_transactions =
                           [this](std::uint64_t origin, const templates::Transactions& given) {
                               on_transactions(origin, given);
                           },
                       .on_status = [this](const auto& status) { on_status(status); },
                       .on_unusable =
                           [this](std::string_view why) {
                               print({{"event", "unusable"}, {"why", why}});
                           }});
        read_command();
        loop_.run();
    }

  private:
    static templates::IpcSource::Settings settings(const std::string& socket,
                                                   bitcoin::Network network,
                                                   std::chrono::seconds call_timeout) {
        templates::IpcSource::Settings settings{.socket = socket};
        settings.session.network = network;
        settings.session.fee_interval = std::chrono::seconds{1};
        settings.session.fee_threshold_sat = 1'000;
        settings.session.refresh_interval = std::chrono::minutes{10};
        settings.session.status_interval = std::chrono::milliseconds{500};
        settings.session.call_timeout = call_timeout;
        return settings;
    }

    void print(json line) {
        line["at_us"] = std::chrono::duration_cast<std::chrono::microseconds>(
                            clock_.unix_now().time_since_epoch())
                            .count();
        std::cout << line.dump() << std::endl;
    }

    void on_candidate(Candidate given) {
        const auto& t = given.block_template;
        print({{"event", "candidate"},
               {"origin", given.origin},
               {"is_early", given.is_early},
               {"prev", t.tip.prev_hash.value.to_be_hex()},
               {"height", t.tip.height},
               {"value", t.coinbase_tx_value_remaining},
               {"transactions", given.transactions ? json(given.transactions->size()) : json{}}});
        (given.is_early ? early_ : full_) = std::move(given);
    }

    void on_transactions(std::uint64_t origin, const templates::Transactions& given) {
        print({{"event", "transactions"}, {"origin", origin}, {"count", given->size()}});
        if (full_ && full_->origin == origin) full_->transactions = given;
    }

    void on_status(const templates::NodeStatus& status) {
        const auto or_null = [](const auto& value) { return value ? json(*value) : json{}; };
        json network;
        if (status.network) network = bitcoin::chain_name(*status.network);
        json offset;
        if (status.clock_offset) offset = status.clock_offset->count();
        print({{"event", "status"},
               {"is_reachable", status.is_reachable},
               {"why", status.why},
               {"software", status.software},
               {"network", network},
               {"height", or_null(status.height)},
               {"header_height", or_null(status.header_height)},
               {"peers", or_null(status.peers)},
               {"tip_time", or_null(status.tip_time)},
               {"is_pruned", or_null(status.is_pruned)},
               {"clock_offset", offset}});
    }

    void read_command() {
        boost::asio::async_read_until(input_, typed_, '\n', [this](const auto& error, auto) {
            if (error) return loop_.stop();
            std::istream line{&typed_};
            std::string command;
            std::getline(line, command);
            carry_out(command);
            read_command();
        });
    }

    void carry_out(const std::string& command) {
        if (command.starts_with("solve"))
            solve(command.find("early") != std::string::npos,
                  command.find("overpaid") != std::string::npos);
        else if (command.starts_with("find "))
            find(command.substr(5));
        else
            submit(command == "own");
    }

    void solve(bool is_early, bool is_overpaid) {
        const auto& from = is_early ? early_ : full_;
        if (!from || !from->transactions) return print({{"event", "solved"}, {"hash", nullptr}});
        auto block = templates::block_of(
            *from, from->block_template.coinbase_tx_value_remaining + (is_overpaid ? 1 : 0));
        templates::solve(block);
        found_ = {.hash = bitcoin::header_hash(block.header),
                  .bytes = bitcoin::serialise(block),
                  .origin = from->origin};
        print({{"event", "solved"}, {"hash", found_.hash.value.to_be_hex()}});
    }

    void submit(bool is_own) {
        auto block = found_;
        if (!is_own) block.origin.reset();
        source_.submit_block(std::move(block), [this](const SubmitAnswer& answer) {
            print({{"event", "answer"}, {"kind", name(answer.kind)}, {"reason", answer.reason}});
        });
    }

    void find(const std::string& text) {
        const auto hash = bitcoin::Uint256::from_be_hex(text);
        source_.find_block(bitcoin::BlockHash{hash.value_or(bitcoin::Uint256{})},
                           [this](const templates::BlockStanding& standing) {
                               print({{"event", "found"},
                                      {"kind", static_cast<int>(standing.kind)},
                                      {"confirmations", standing.confirmations}});
                           });
    }

    boost::asio::io_context loop_{};
    base::SystemClock clock_{};
    base::SystemRandom random_{};
    templates::IpcSource source_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::streambuf typed_{};
    std::optional<Candidate> early_{};
    std::optional<Candidate> full_{};
    templates::SolvedBlock found_{};
};

}  // namespace

int main(int argc, char** argv) {
    const auto network = argc == 3 || argc == 4 ? bitcoin::network_of_chain(argv[2])
                                                : std::optional<bitcoin::Network>{};
    if (!network) {
        std::cerr << "usage: ipc_probe SOCKET NETWORK [CALL_TIMEOUT_S]\n";
        return 2;
    }
    Probe{argv[1], *network, std::chrono::seconds{argc == 4 ? std::atoi(argv[3]) : 60}}.run();
    return EXIT_SUCCESS;
}
