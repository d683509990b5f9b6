#include "translator/pulse.h"

namespace translator {

Pulse::Advice Pulse::advise(base::SteadyTime now, std::optional<base::SteadyTime> due_since) {
    const auto quiet = now - heard_at_;
    const bool is_due = due_since && now - *due_since >= quiet_while_due_max;
    if (probed_at_) {
        if (answers_probes_ && now - *probed_at_ >= reply_deadline) return Advice::dead;
    } else if (is_doubted_ || quiet >= quiet_max || (is_due && quiet >= quiet_while_due_max)) {
        probed_at_ = now;
        return Advice::probe;
    }
    const bool is_long_due = due_since && now - *due_since >= silence_max;
    return is_long_due && quiet >= silence_max ? Advice::dead : Advice::none;
}

}  // namespace translator
