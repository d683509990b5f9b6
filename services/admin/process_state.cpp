#include "admin/process_state.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "admin/moments.h"

namespace admin {

namespace control = adit::control::v1;
using Service = adit::admin::v1::Service;

namespace {

// One may be late because this machine is busy; two in a row are not.
constexpr unsigned failures_noted = 2;
constexpr unsigned details_failures_noted = 3;
// As the chassis says it (service::Chassis::stop).
constexpr std::string_view stopping = "process: stopping";

double seconds(std::uint64_t micros) {
    return static_cast<double>(micros) / 1e6;
}

void write_stage(const control::Stage& from, adit::admin::v1::Stage& to) {
    to.set_name(from.name());
    to.set_depth(from.depth());
    to.set_oldest_seconds(seconds(from.oldest_us()));
    to.set_wait_max_seconds(seconds(from.wait_max_us()));
    to.set_is_stalled(from.is_stalled());
    to.set_oldest_entry(from.oldest_entry());
}

}  // namespace

std::string name_part(std::string_view text) {
    std::string part;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view{"-_.~:@+"}.find(c) != std::string_view::npos;
        if (is_plain)
            part += c;
        else
            part += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return part;
}

std::string series_name(const control::Sample& sample) {
    std::map<std::string, std::string> labels;
    for (const auto& [label, value] : sample.labels()) labels.emplace(label, value);
    auto name = sample.name();
    for (const auto& [label, value] : labels)
        name += fmt::format("{}{}=\"{}\"", name == sample.name() ? '{' : ',', label, value);
    return labels.empty() ? name : name + '}';
}

void ProcessState::on_status(control::GetStatusResponse status, Moment now) {
    // Another process at the same address has not said anything of itself yet.
    if (status_ && status_->started_at_us() != status.started_at_us()) details_.reset();
    status_ = std::move(status);
    answered_ = now;
    failures_ = 0;
    why_.clear();
}

void ProcessState::on_details(control::GetDetailsResponse details, Moment) {
    details_ = std::move(details);
    details_failures_ = 0;
}

void ProcessState::on_no_status(Unanswered how, std::string why) {
    ++failures_;
    how_ = how;
    why_ = std::move(why);
    details_failures_ = 0;
}

void ProcessState::on_no_details(Unanswered how) {
    if (how == Unanswered::in_time) ++details_failures_;
}

std::string ProcessState::name() const {
    if (!status_ || status_->instance().empty()) return name_part(kind_ + "-" + address_);
    const auto& instance = status_->instance();
    const auto& kind = status_->service().empty() ? kind_ : status_->service();
    if (instance == kind || instance.starts_with(kind + "-")) return name_part(instance);
    return name_part(kind + "-" + instance);
}

bool ProcessState::is_leaving() const {
    return details_ && !details_->is_ready() &&
           details_->not_ready_reason().find(stopping) != std::string::npos;
}

bool ProcessState::is_wedged() const {
    const auto turned_ago = std::chrono::microseconds{status_->last_turn_us()};
    return status_->is_wedged() || turned_ago >= turn_max ||
           details_failures_ >= details_failures_noted;
}

Service::State ProcessState::state() const {
    if (failures_ > 0 && is_leaving()) return Service::STATE_GONE;
    const bool is_noted =
        failures_ >= failures_noted || (failures_ > 0 && (how_ != Unanswered::in_time || !status_));
    if (is_noted) return Service::STATE_NOT_ANSWERING;
    if (!status_) return Service::STATE_UNSPECIFIED;
    if (is_wedged()) return Service::STATE_WEDGED;
    if (!details_) return Service::STATE_UNSPECIFIED;
    return details_->is_ready() ? Service::STATE_READY : Service::STATE_NOT_READY;
}

std::string ProcessState::reason() const {
    switch (state()) {
        case Service::STATE_NOT_ANSWERING:
            return fmt::format("no answer since {}: {}", utc_time(silent_since().unix), why_);
        case Service::STATE_WEDGED:
            return fmt::format("its loop has not turned for {:.1f} s",
                               seconds(status_->last_turn_us()));
        case Service::STATE_NOT_READY: return details_->not_ready_reason();
        case Service::STATE_GONE: return "it has stopped as it was asked to";
        default: return {};
    }
}

Service ProcessState::row() const {
    Service row;
    row.set_kind(kind_);
    row.set_address(address_);
    row.set_state(state());
    row.set_reason(reason());
    if (!status_) return row;
    if (!status_->service().empty()) row.set_kind(status_->service());
    row.set_version(status_->version());
    *row.mutable_start_time() = to_timestamp(status_->started_at_us());
    *row.mutable_last_answer_time() = to_timestamp(answered_.unix);
    for (const auto& stage : status_->stages()) write_stage(stage, *row.add_stages());
    row.set_stalls(status_->stalls());
    if (details_)
        for (const auto& sample : details_->samples())
            (*row.mutable_samples())[series_name(sample)] = sample.value();
    return row;
}

}  // namespace admin
