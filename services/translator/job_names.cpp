#include "translator/job_names.h"

#include <algorithm>

namespace translator {

std::optional<sv2::JobId> JobNames::find(std::uint64_t number) const {
    const auto found = std::ranges::lower_bound(names_, number, {}, &Name::number);
    if (found == names_.end() || found->number != number) return std::nullopt;
    return found->id;
}

}  // namespace translator
