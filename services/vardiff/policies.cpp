#include "vardiff/policies.h"

#include <utility>

namespace vardiff {

Policies::Policies(PolicySet set)
    : set_(std::move(set)), common_{set_.common, retarget::rules(set_.common)} {
    for (const auto& [identity, policy] : set_.by_identity)
        by_identity_.emplace(identity, Terms{policy, retarget::rules(policy)});
}

const Terms& Policies::terms_for(std::string_view user_identity) const {
    if (by_identity_.empty()) return common_;
    if (const auto own = by_identity_.find(user_identity); own != by_identity_.end())
        return own->second;
    const auto account = user_identity.substr(0, user_identity.find('.'));
    if (const auto own = by_identity_.find(account); own != by_identity_.end()) return own->second;
    return common_;
}

}  // namespace vardiff
