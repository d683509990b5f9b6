#include "admin/vardiff_policy.h"

#include <fmt/format.h>

#include <cmath>

#include "admin/api_fields.h"
#include "bitcoin/difficulty.h"
#include "rpc/template_codec.h"

namespace admin {
namespace {

// Difficulty 1 is 2^32 hashes, and one part in 65,536 more.
// What fits into a Difficulty.
constexpr double difficulty_min = 1.0 / 4'294'967'296.0;
constexpr double difficulty_max = 4'294'967'295.0;

adit::admin::v1::ChannelPolicy to_api(const adit::vardiff::v1::Policy& policy) {
    adit::admin::v1::ChannelPolicy made;
    made.set_shares_per_minute(policy.shares_per_minute());
    made.mutable_false_change_interval()->set_seconds(
        static_cast<std::int64_t>(policy.false_change_seconds()));
    made.set_powers_of_two(policy.powers_of_two());
    return made;
}

ApiResult<std::string> target_bytes(double difficulty, const std::string& field) {
    if (!(difficulty >= difficulty_min && difficulty <= difficulty_max))
        return base::unexpected(
            invalid_field(field, fmt::format("is {}, expected between {:.3g} and {:.0f}",
                                             difficulty, difficulty_min, difficulty_max)));
    const auto q32 = static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)));
    return rpc::write_uint256(bitcoin::target_of(bitcoin::Difficulty{q32}).value);
}

}  // namespace

double difficulty_of_bytes(const std::string& target) {
    const auto value = rpc::read_uint256(target);
    return value ? bitcoin::approximate_difficulty({*value}) : 0.0;
}

adit::admin::v1::VardiffPolicy to_api(const adit::vardiff::v1::PolicySet& set) {
    adit::admin::v1::VardiffPolicy made;
    made.set_name("policies/vardiff");
    made.set_version(set.version());
    *made.mutable_common() = to_api(set.common());
    made.set_hardest_difficulty(difficulty_of_bytes(set.hardest_target()));
    made.set_easiest_difficulty(difficulty_of_bytes(set.easiest_target()));
    for (const auto& [identity, policy] : set.by_identity())
        (*made.mutable_by_identity())[identity] = to_api(policy);
    return made;
}

ApiResult<adit::vardiff::v1::SetPolicyRequest> to_vardiff(
    const adit::admin::v1::SetVardiffPolicyRequest& request) {
    adit::vardiff::v1::SetPolicyRequest made;
    made.set_user_identity(request.identity());
    made.set_remove(request.remove());
    if (request.remove() && request.identity().empty())
        return base::unexpected(
            invalid_field("remove", "is for an identity's own policy; name the identity"));
    if (request.has_shares_per_minute()) made.set_shares_per_minute(request.shares_per_minute());
    if (request.has_powers_of_two()) made.set_powers_of_two(request.powers_of_two());
    if (request.has_false_change_interval()) {
        const auto seconds = request.false_change_interval().seconds();
        if (seconds < 1)
            return base::unexpected(invalid_field("false_change_interval", "is less than 1s"));
        made.set_false_change_seconds(static_cast<std::uint64_t>(seconds));
    }
    if (request.has_hardest_difficulty()) {
        auto target = target_bytes(request.hardest_difficulty(), "hardest_difficulty");
        if (!target) return base::unexpected(target.error());
        made.set_hardest_target(*target);
    }
    if (request.has_easiest_difficulty()) {
        auto target = target_bytes(request.easiest_difficulty(), "easiest_difficulty");
        if (!target) return base::unexpected(target.error());
        made.set_easiest_target(*target);
    }
    return made;
}

}  // namespace admin
