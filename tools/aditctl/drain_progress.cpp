#include "aditctl/drain_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "aditctl/names.h"
#include "aditctl/text.h"

namespace aditctl {

using adit::admin::v1::Gateway;

DrainStep drain_step(const Gateway& gateway) {
    switch (gateway.state()) {
        case Gateway::STATE_DRAINED: return DrainStep::done;
        case Gateway::STATE_SERVING: return DrainStep::undone;
        default: return DrainStep::going_on;
    }
}

std::string drain_text(const Gateway& gateway, std::uint32_t at_first) {
    return fmt::format("{}: {}, {} of {} connections left", short_name(gateway.name()),
                       enum_text(gateway.state()), gateway.connections(),
                       std::max(at_first, gateway.connections()));
}

}  // namespace aditctl
