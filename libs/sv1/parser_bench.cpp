#include <benchmark/benchmark.h>

#include "sv1/notifications.h"
#include "sv1/parser.h"
#include "sv1/responses.h"

// What one share costs the line layer: read, understood, answered.

namespace {

constexpr std::string_view share =
    "{\"params\": [\"bob.1\", \"17\", \"0100000000000000\", \"680be961\", \"00004107\", "
    "\"00800000\"], \"id\": 4, \"method\": \"mining.submit\"}\n";

void read_and_answer_a_share(benchmark::State& state) {
    sv1::LineReader reader;
    sv1::Parser parser;
    std::string out;
    out.reserve(256);
    for (auto _ : state) {
        auto unread = base::as_bytes(share);
        const auto line = reader.take_line(unread);
        const auto message = parser.parse(**line);
        sv1::append_result(std::get<sv1::Request>(*message).id, true, out);
        benchmark::DoNotOptimize(out.data());
        out.clear();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_and_answer_a_share);

void write_a_job(benchmark::State& state) {
    const base::Bytes coinbase(120, std::byte{0x5a});
    const std::vector<bitcoin::Uint256> branch(12);
    const sv1::Notify job{.job_id = "17",
                          .coinbase1 = coinbase,
                          .coinbase2 = coinbase,
                          .merkle_branch = branch,
                          .version = 0x20000000};
    std::string out;
    out.reserve(4096);
    for (auto _ : state) {
        sv1::append_call(job, out);
        benchmark::DoNotOptimize(out.data());
        out.clear();
    }
}
BENCHMARK(write_a_job);

}  // namespace

BENCHMARK_MAIN();
