// A subscriber of several template replicas at once, driven line by line on its input:
//
//   replica_probe HOST:PORT[,HOST:PORT...]
//
//   solve SCRIPT                 solves the template that is handed out; says it, submits nothing
//   submit REF HEADER COINBASE   submits a solution, again until a replica has it or refuses it
//   get REF                      asks every replica for a template
//
// Prints a JSON object a line: each template that is handed out, and what became of the commands.
// "at" is seconds of the monotonic clock. Ends with its input.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/hex.h"
#include "base/random.h"
#include "rpc/template_client.h"
#include "solve_template.h"

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream{list};
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

class Probe {
  public:
    explicit Probe(const std::string& replicas)
        : client_(loop_, random_, {.replicas = split(replicas), .subscriber = "replica_probe"}),
          input_(loop_, ::dup(STDIN_FILENO)) {}

    void run() {
        client_.start([this](const auto& now) {
            print({{"template", now.ref.value},
                   {"epoch", now.ref.epoch().value},
                   {"height", now.tip.height},
                   {"prev_hash", now.tip.prev_hash.value.to_be_hex()}});
        });
        read();
        loop_.run();
    }

  private:
    static void print(json line) {
        line["at"] =
            std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
                .count();
        std::cout << line.dump() << std::endl;
    }

    void read() {
        boost::asio::async_read_until(input_, boost::asio::dynamic_buffer(text_), '\n',
                                      [this](const auto& error, std::size_t size) {
                                          if (error) return loop_.stop();
                                          const auto line = text_.substr(0, size - 1);
                                          text_.erase(0, size);
                                          obey(line);
                                          read();
                                      });
    }

    void obey(const std::string& line) {
        std::istringstream words{line};
        std::string verb;
        words >> verb;
        if (verb == "solve") {
            std::string script;
            words >> script;
            const auto solution = solve(*client_.current(), *base::from_hex(script));
            print({{"solved", bitcoin::header_hash(solution.header).value.to_be_hex()},
                   {"ref", solution.template_ref.value},
                   {"header", base::to_hex(solution.header)},
                   {"coinbase", base::to_hex(solution.coinbase_tx)}});
        } else if (verb == "submit") {
            rpc::Solution solution;
            std::string header;
            std::string coinbase;
            words >> solution.template_ref.value >> header >> coinbase;
            const auto bytes = *base::from_hex(header);
            std::copy_n(bytes.begin(), solution.header.size(), solution.header.begin());
            solution.coinbase_tx = *base::from_hex(coinbase);
            print({{"submitting", bitcoin::header_hash(solution.header).value.to_be_hex()}});
            submit(solution);
        } else if (verb == "get") {
            std::uint64_t ref = 0;
            words >> ref;
            client_.fetch(mining::TemplateRef{ref}, [ref](const auto& result) {
                print({{"get", ref}, {"found", result.has_value()}});
            });
        }
    }

    // As the channel-manager does: again as long as somebody may take it.
    void submit(const rpc::Solution& solution) {
        client_.submit_solution(solution, [this, solution](const auto& answer) {
            const auto hash = bitcoin::header_hash(solution.header).value.to_be_hex();
            if (answer) return print({{"stored", hash}, {"again", answer->already_known}});
            if (answer.error() == rpc::SolutionError::not_a_block)
                return print({{"refused", hash}});
            retry_.expires_after(50ms);
            retry_.async_wait([this, solution](const auto& error) {
                if (!error) submit(solution);
            });
        });
    }

    boost::asio::io_context loop_{};
    base::SystemRandom random_{};
    rpc::TemplateClient client_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::steady_timer retry_{loop_};
    std::string text_{};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: replica_probe HOST:PORT[,HOST:PORT...]\n";
        return 2;
    }
    Probe{argv[1]}.run();
    return EXIT_SUCCESS;
}
