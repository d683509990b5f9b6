#include "channel-manager/scanner.h"

#include "base/log.h"

namespace channel_manager {

void Scanner::on_scan(std::size_t gateway, bus::Scan scan) {
    const Name name{gateway, scan.shares.epoch.value, scan.number};
    if (held_.contains(name)) return;  // asked again while it waits: one answer is enough
    if (held_.size() >= settings_.held_max) {
        metrics_.scans_dropped.add();
        return;
    }
    metrics_.scans.add();
    metrics_.scanned_shares.add(scan.shares.shares.size());
    const auto now = clock_.steady_now();
    Held held;
    held.shares = std::move(scan.shares);
    held.since = now;
    held.next_waiting = now + settings_.waiting_interval;
    held.blocks = std::make_unique<BlockDelivery>(settings_.delivery, clock_, ports_.solutions,
                                                  lost_, metrics_, [this, name] {
                                                      const auto changed = held_.find(name);
                                                      if (changed != held_.end() && !is_stepping_)
                                                          step(name, changed->second);
                                                  });
    step(name, held_.emplace(name, std::move(held)).first->second);
}

void Scanner::on_template() {
    // A step may end a scan and so take it out of the map.
    for (auto at = held_.begin(); at != held_.end();) {
        const auto here = at++;
        if (!here->second.shares.shares.empty()) step(Name{here->first}, here->second);
    }
}

void Scanner::on_tick() {
    const auto now = clock_.steady_now();
    for (auto at = held_.begin(); at != held_.end();) {
        const auto here = at++;
        const auto name = here->first;
        auto& held = here->second;
        if (held.next_waiting <= now) {
            held.next_waiting = now + settings_.waiting_interval;
            const auto waits_for =
                held.shares.shares.empty() ? bus::WaitsFor::solution : bus::WaitsFor::templates;
            ports_.gateways.send(name.gateway,
                                 bus::ScanWaiting{{name.epoch}, name.number, waits_for});
        }
        step(name, held);
    }
    metrics_.held_scans.set(static_cast<double>(held_.size()));
}

std::optional<base::SteadyTime> Scanner::oldest() const {
    std::optional<base::SteadyTime> oldest;
    for (const auto& [name, held] : held_)
        if (!oldest || held.since < *oldest) oldest = held.since;
    return oldest;
}

void Scanner::step(const Name& name, Held& held) {
    is_stepping_ = true;
    if (!held.shares.shares.empty()) look_through(held);
    held.blocks->submit();
    is_stepping_ = false;
    if (!held.shares.shares.empty() || !held.blocks->is_settled()) return;
    const auto blocks = static_cast<std::uint32_t>(held.blocks->blocks());
    metrics_.blocks_by_scan.add(blocks);
    ports_.gateways.send(name.gateway, bus::Scanned{{name.epoch}, name.number, blocks});
    held_.erase(name);
}

/// Under templates that are known at once, under the others when they come, or not at all.
void Scanner::look_through(Held& held) {
    const auto missing = missing_templates(held.shares, ports_.templates);
    const bool is_last = missing.empty() ||
                         clock_.steady_now() - held.since >= settings_.template_wait_max ||
                         are_lost(missing, ports_.templates);
    if (!is_last && held.missing_templates == missing.size()) return;
    held.missing_templates = missing.size();
    const auto found = find_blocks(held.shares, ports_.templates, cache_);
    held.blocks->add(found.blocks);
    if (!is_last) return;
    if (found.unhashed > 0)
        base::log_error("scanned shares without a template are not looked at",
                        {{"shares", found.unhashed}, {"template", missing.front().value}});
    held.shares = {};
}

}  // namespace channel_manager
