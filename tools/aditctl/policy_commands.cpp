#include <adit/admin/v1/policy.grpc.pb.h>

#include <optional>

#include "aditctl/collection.h"
#include "aditctl/commands.h"

namespace aditctl {
namespace {

using Stub = v1::PolicyService::Stub;

struct PolicyOptions {
    std::string identity{};
    bool remove = false;
    std::optional<double> shares_per_minute{};
    std::chrono::milliseconds false_change{};
    std::optional<bool> powers_of_two{};
    std::optional<double> easiest_difficulty{};
    std::optional<double> hardest_difficulty{};
};

v1::SetVardiffPolicyRequest request_of(const GlobalOptions& options, const PolicyOptions& policy) {
    v1::SetVardiffPolicyRequest request;
    request.set_identity(policy.identity);
    request.set_remove(policy.remove);
    if (policy.shares_per_minute) request.set_shares_per_minute(*policy.shares_per_minute);
    if (policy.false_change.count() > 0)
        request.mutable_false_change_interval()->set_seconds(policy.false_change.count() / 1000);
    if (policy.powers_of_two) request.set_powers_of_two(*policy.powers_of_two);
    if (policy.easiest_difficulty) request.set_easiest_difficulty(*policy.easiest_difficulty);
    if (policy.hardest_difficulty) request.set_hardest_difficulty(*policy.hardest_difficulty);
    const bool changes = policy.remove || policy.shares_per_minute || policy.powers_of_two ||
                         policy.false_change.count() > 0 || policy.easiest_difficulty ||
                         policy.hardest_difficulty;
    if (!changes)
        throw CommandFailure{ExitCode::usage,
                             "nothing to set; `aditctl policy set --help` shows what there is"};
    request.set_request_id(request_id_for(options));
    return request;
}

void set_policy(const GlobalOptions& options, const PolicyOptions& policy) {
    AdminChannel admin{options};
    const auto said = admin.call(&Stub::SetVardiffPolicy, request_of(options, policy));
    print_message(options, said.vardiff_policy());
}

}  // namespace

void add_policy_commands(CLI::App& app, const GlobalOptions& options) {
    auto& policies = add_group(app, "policy", "What is wanted of channels (vardiff)");
    auto& showing = *policies.add_subcommand("get", "Show it");
    showing.callback([&options] {
        AdminChannel admin{options};
        print_message(
            options,
            admin.call(&Stub::GetVardiffPolicy, v1::GetVardiffPolicyRequest{}).vardiff_policy());
    });

    auto& setting = *policies.add_subcommand("set", "Change it, at once and for good");
    const auto policy = std::make_shared<PolicyOptions>();
    setting.add_option("--identity", policy->identity, "For this account or worker, not for all")
        ->type_name("IDENTITY");
    setting.add_flag("--remove", policy->remove, "The identity has no policy of its own any more");
    setting.add_option("--shares-per-minute", policy->shares_per_minute, "Of each channel")
        ->type_name("NUMBER");
    add_duration_option(setting, "--false-change-every", policy->false_change,
                        "How often a steady miner may be given another target, on average");
    setting.add_option("--powers-of-two", policy->powers_of_two, "Ease targets to powers of two")
        ->type_name("true|false");
    setting.add_option("--easiest-difficulty", policy->easiest_difficulty, "That is given at all")
        ->type_name("NUMBER");
    setting.add_option("--hardest-difficulty", policy->hardest_difficulty, "That is given at all")
        ->type_name("NUMBER");
    setting.footer(
        "\nExamples:\n"
        "  aditctl policy set --shares-per-minute 12\n"
        "  aditctl policy set --identity alice --shares-per-minute 60\n"
        "  aditctl policy set --identity alice --remove\n");
    setting.callback([&options, policy] { set_policy(options, *policy); });
}

}  // namespace aditctl
