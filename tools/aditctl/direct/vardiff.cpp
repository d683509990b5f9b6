#include "aditctl/direct/vardiff.h"

#include <adit/vardiff/v1/vardiff.grpc.pb.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "bitcoin/difficulty.h"
#include "rpc/template_codec.h"
#include "rpc/vardiff_words.h"

namespace aditctl::direct {
namespace {

namespace proto = adit::vardiff::v1;
using rpc::difficulty_text;
using rpc::hash_rate_text;

constexpr std::chrono::seconds patience{5};
constexpr double difficulty_max = 4294967295.0;

struct Options {
    std::vector<std::string> replicas{"127.0.0.1:24253"};
    std::string channel{};
    std::string identity{};
    std::optional<double> shares_per_minute{};
    std::optional<std::uint64_t> false_change_minutes{};
    std::optional<bool> powers_of_two{};
    std::optional<double> easiest_difficulty{};
    std::optional<double> hardest_difficulty{};
    bool remove = false;
};

/// Asks the replicas in turn until one answers; `next_on` says whether a refusal is a reason to go
/// on. Throws the last refusal.
template <class Response, class Ask, class NextOn>
Response ask(const Options& options, Ask ask_one, NextOn next_on) {
    std::string said = "no replica was named";
    for (const auto& address : options.replicas) {
        const auto stub = proto::VardiffService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + patience);
        Response response;
        const grpc::Status status = ask_one(*stub, context, response);
        if (status.ok()) return response;
        said = fmt::format("vardiff at {}: {}", address, status.error_message());
        if (!next_on(status.error_code())) break;
    }
    throw std::runtime_error{said};
}

bool is_away(grpc::StatusCode code) {
    return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED;
}

std::string target_bytes(double difficulty) {
    const auto q32 = static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)));
    return rpc::write_uint256(bitcoin::target_of(bitcoin::Difficulty{q32}).value);
}

void print(const std::string& name, const proto::Policy& policy) {
    fmt::print("{} shares_per_minute={} false_change_every={}m powers_of_two={}\n", name,
               policy.shares_per_minute(), policy.false_change_seconds() / 60,
               policy.powers_of_two());
}

void print(const proto::PolicySet& set) {
    fmt::print("version={} easiest_difficulty={} hardest_difficulty={}\n", set.version(),
               difficulty_text(set.easiest_target()), difficulty_text(set.hardest_target()));
    print("common", set.common());
    const std::map<std::string, proto::Policy> sorted{set.by_identity().begin(),
                                                      set.by_identity().end()};
    for (const auto& [identity, policy] : sorted) print("identity " + identity, policy);
}

void show_policy(const Options& options) {
    print(ask<proto::GetPolicyResponse>(
              options,
              [](auto& stub, auto& context, auto& response) {
                  return stub.GetPolicy(&context, {}, &response);
              },
              is_away)
              .policies());
}

void set_policy(const Options& options) {
    proto::SetPolicyRequest request;
    request.set_user_identity(options.identity);
    request.set_remove(options.remove);
    if (options.shares_per_minute) request.set_shares_per_minute(*options.shares_per_minute);
    if (options.false_change_minutes)
        request.set_false_change_seconds(*options.false_change_minutes * 60);
    if (options.powers_of_two) request.set_powers_of_two(*options.powers_of_two);
    if (options.easiest_difficulty)
        request.set_easiest_target(target_bytes(*options.easiest_difficulty));
    if (options.hardest_difficulty)
        request.set_hardest_target(target_bytes(*options.hardest_difficulty));
    print(ask<proto::SetPolicyResponse>(
              options,
              [&](auto& stub, auto& context, auto& response) {
                  return stub.SetPolicy(&context, request, &response);
              },
              is_away)
              .policies());
}

void explain(const Options& options) {
    proto::ExplainRequest request;
    std::uint64_t key = 0;
    const auto* const end = options.channel.data() + options.channel.size();
    const auto [stop, error] = std::from_chars(options.channel.data(), end, key, 16);
    if (error != std::errc{} || stop != end)
        throw std::runtime_error{fmt::format(
            "{}: is no channel such as 0000a1b2c3000001, as `aditctl direct shares --channels` "
            "names them",
            options.channel)};
    request.set_channel_key(key);
    // A channel is with the replica that has its partition.
    const auto found = ask<proto::ExplainResponse>(
        options,
        [&](auto& stub, auto& context, auto& response) {
            return stub.Explain(&context, request, &response);
        },
        [](grpc::StatusCode code) { return is_away(code) || code == grpc::StatusCode::NOT_FOUND; });
    fmt::print("channel={} identity={}\n", options.channel, found.user_identity());
    fmt::print("difficulty={} proposed={} easiest_for_it={}\n", difficulty_text(found.target()),
               found.has_proposed_target() ? difficulty_text(found.proposed_target()) : "-",
               difficulty_text(found.max_target()));
    fmt::print("hash_rate=\"{}\" aimed_at=\"{}\"\n", hash_rate_text(found.hash_rate()),
               hash_rate_text(found.aimed_hash_rate()));
    print("policy", found.policy());
    for (const auto& chart : found.charts())
        fmt::print("evidence for x{:g}: {:.2f} of {:.2f} ({:.0f} shares, {:.1f} due)\n",
                   chart.ratio(), chart.statistic(), chart.threshold(), chart.shares(),
                   chart.expected());
    for (const auto& entry : found.history())
        fmt::print("{:%Y-%m-%d %H:%M:%S} {}\n",
                   fmt::gmtime(static_cast<std::time_t>(entry.at_us() / 1'000'000)),
                   rpc::history_text(entry));
}

}  // namespace

void add_vardiff_command(CLI::App& app) {
    auto* const vardiff = app.add_subcommand("vardiff", "How targets follow hash rates");
    vardiff->require_subcommand(1);
    const auto options = std::make_shared<Options>();
    const auto verb = [&](const char* name, const char* what, void (*run)(const Options&)) {
        auto* const added = vardiff->add_subcommand(name, what);
        added
            ->add_option("--vardiff", options->replicas,
                         "HOST:PORT of a replica's gRPC; given again, they are asked in turn")
            ->capture_default_str();
        added->callback([options, run] { run(*options); });
        return added;
    };
    verb("policy", "Show what is wanted of channels", show_policy);

    auto* const set =
        verb("set", "Change what is wanted of channels, at once and for good", set_policy);
    set->add_option("--identity", options->identity,
                    "For this user_identity, or account, instead of all");
    set->add_flag("--remove", options->remove, "The identity has no policy of its own any more");
    set->add_option("--shares-per-minute", options->shares_per_minute, "Of each channel");
    set->add_option("--false-change-every", options->false_change_minutes,
                    "Minutes after which a steady miner may be given another target, on average");
    set->add_option("--powers-of-two", options->powers_of_two,
                    "Ease targets to powers of two (true or false)");
    const auto difficulty = CLI::Range(1.0 / 4294967296.0, difficulty_max);
    set->add_option("--easiest-difficulty", options->easiest_difficulty, "That is given at all")
        ->check(difficulty);
    set->add_option("--hardest-difficulty", options->hardest_difficulty, "That is given at all")
        ->check(difficulty);

    auto* const why = verb("explain", "Why a channel has the target that it has", explain);
    why->add_option("channel", options->channel,
                    "Its name, as `aditctl direct shares --channels` has it")
        ->required();
}

}  // namespace aditctl::direct
