// Speaks to a template service as gateways and workers do, for tests in other languages.
//
//   template_probe HOST:PORT mine COUNT [SCRIPT]  solves COUNT templates and submits each twice;
//                                                 the coinbase pays SCRIPT (hexadecimal)
//   template_probe HOST:PORT refusals             submits what must be refused
//   template_probe HOST:PORT blocks               lists the replica's blocks
//   template_probe HOST:PORT watch                prints each template to work on, until it is
//   ended
//
// Prints a JSON object a line; exits with 1 when a minute passes without what it waits for.
#include <adit/templates/v1/templates.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/hex.h"
#include "base/random.h"
#include "rpc/channel.h"
#include "rpc/template_client.h"
#include "solve_template.h"

namespace {

namespace proto = adit::templates::v1;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto patience = 60s;

void print(const json& line) {
    std::cout << line.dump() << std::endl;
}

class Probe {
  public:
    explicit Probe(const std::string& address)
        : address_(address),
          client_(loop_, random_, {.replicas = {address}, .subscriber = "template_probe"}) {}

    int mine(int count, const base::Bytes& script) {
        client_.start([](const auto&) {});
        mining::TemplateRef last{};
        bitcoin::BlockHash last_tip{};
        for (int i = 0; i < count; ++i) {
            if (!run_until([&] {
                    const auto* now = client_.current();
                    return now != nullptr && now->ref > last && now->tip.prev_hash != last_tip;
                }))
                return EXIT_FAILURE;
            const auto block_template = *client_.current();
            last = block_template.ref;
            last_tip = block_template.tip.prev_hash;
            const auto solution = solve(block_template, script);
            for (int again = 0; again < 2; ++again)
                if (!submit(solution, block_template.tip.height)) return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
    }

    int refusals() {
        client_.start([](const auto&) {});
        if (!run_until([&] { return client_.current() != nullptr; })) return EXIT_FAILURE;
        const auto good = solve(*client_.current(), {});
        auto unknown = good;
        unknown.template_ref.value += 1'000'000;
        auto spoilt = good;
        spoilt.header[40] ^= std::byte{1};
        auto empty = good;
        empty.coinbase_tx.clear();
        for (const auto& solution : {unknown, spoilt, empty})
            if (!submit(solution, 0)) return EXIT_FAILURE;
        return EXIT_SUCCESS;
    }

    int blocks() {
        const auto stub = proto::TemplateService::NewStub(rpc::dial(address_));
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + patience);
        context.set_wait_for_ready(true);
        proto::ListBlocksResponse response;
        const auto status = stub->ListBlocks(&context, {}, &response);
        if (!status.ok()) {
            std::cerr << status.error_message() << '\n';
            return EXIT_FAILURE;
        }
        for (const auto& block : response.blocks()) {
            const auto hash =
                bitcoin::Uint256::from_bytes(base::as_bytes(block.block_hash()).first<32>());
            print({{"hash", hash.to_be_hex()},
                   {"height", block.height()},
                   {"state", proto::Block::State_Name(block.state())},
                   {"reason", block.reason()},
                   {"channel", block.channel_key()}});
        }
        return EXIT_SUCCESS;
    }

    int watch() {
        client_.start([](const mining::BlockTemplate& t) {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            print({{"at_us", std::chrono::duration_cast<std::chrono::microseconds>(now).count()},
                   {"ref", t.ref.value},
                   {"prev_hash", t.tip.prev_hash.value.to_be_hex()},
                   {"height", t.tip.height},
                   {"nbits", t.tip.nbits},
                   {"min_ntime", t.tip.min_ntime},
                   {"version", t.version},
                   {"value", t.coinbase_tx_value_remaining},
                   {"path", t.merkle_path.size()}});
        });
        loop_.run();
        return EXIT_SUCCESS;
    }

  private:
    bool submit(const rpc::Solution& solution, std::uint32_t height) {
        std::optional<base::Result<rpc::SolutionStored, rpc::SolutionError>> answer;
        // Again while the template's transactions are on their way, as a worker does.
        do {
            answer.reset();
            client_.submit_solution(solution, [&](const auto& got) { answer.emplace(got); });
            if (!run_until([&] { return answer.has_value(); })) return false;
        } while (!*answer && answer->error() == rpc::SolutionError::incomplete_template);
        if (*answer)
            print({{"hash", (*answer)->block_hash.value.to_be_hex()},
                   {"height", height},
                   {"already_known", (*answer)->already_known}});
        else
            print({{"error", name(answer->error())}});
        return true;
    }

    static const char* name(rpc::SolutionError error) {
        switch (error) {
            case rpc::SolutionError::unavailable: return "unavailable";
            case rpc::SolutionError::unknown_template: return "unknown_template";
            case rpc::SolutionError::incomplete_template: return "incomplete_template";
            case rpc::SolutionError::not_a_block: return "not_a_block";
        }
        return "";
    }

    bool run_until(const std::function<bool()>& claim) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!claim()) {
            if (std::chrono::steady_clock::now() > deadline) {
                std::cerr << "nothing came within a minute\n";
                return false;
            }
            loop_.run_one_for(100ms);
        }
        return true;
    }

    std::string address_;
    boost::asio::io_context loop_{};
    base::SystemRandom random_{};
    rpc::TemplateClient client_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 2 ? argv[2] : "";
    if (what == "mine" && argc >= 4) {
        const auto script = base::from_hex(argc > 4 ? argv[4] : "");
        if (script) return Probe{argv[1]}.mine(std::atoi(argv[3]), *script);
    }
    if (what == "refusals") return Probe{argv[1]}.refusals();
    if (what == "blocks") return Probe{argv[1]}.blocks();
    if (what == "watch") return Probe{argv[1]}.watch();
    std::cerr
        << "usage: template_probe HOST:PORT mine COUNT [SCRIPT] | refusals | blocks | watch\n";
    return 2;
}
