#pragma once

#include <adit/admin/v1/fleet.pb.h>
#include <adit/control/v1/control.pb.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace admin {

/// The moment of a loop's turn: by the calendar, for people, and by the clock that only goes
/// forward, for what has been so for how long.
struct Moment {
    base::SteadyTime steady{};
    base::UnixMicros unix{};
};

/// Why a question has no answer.
enum class Unanswered {
    in_time,  ///< it was asked and said nothing: stopped, frozen, wedged, or cut off
    at_all,   ///< nobody is there to be asked: the connection is refused
    other,    ///< it answered that it does not answer
};

/// What is known of one process, from what it has answered and what not. Pure: the fleet asks, and
/// says what came.
class ProcessState {
  public:
    /// A loop is to turn every 100 ms; after this long it is said to stand still.
    static constexpr std::chrono::milliseconds turn_max{2'000};

    ProcessState(std::string kind, std::string address, Moment begun)
        : kind_(std::move(kind)), address_(std::move(address)), begun_(begun) {}

    void on_status(adit::control::v1::GetStatusResponse status, Moment now);
    void on_details(adit::control::v1::GetDetailsResponse details, Moment now);
    void on_no_status(Unanswered how, std::string why);
    void on_no_details(Unanswered how);

    const std::string& kind() const { return kind_; }
    const std::string& address() const { return address_; }
    /// "gateway-1": the kind and what tells it from others. By its address until it has answered.
    std::string name() const;

    adit::admin::v1::Service::State state() const;
    /// Everything but the name, which is the fleet's to give.
    adit::admin::v1::Service row() const;
    const std::optional<adit::control::v1::GetDetailsResponse>& details() const { return details_; }

    bool is_answering() const { return failures_ == 0 && status_.has_value(); }
    /// It has said that it stops.
    bool is_leaving() const;
    std::optional<Unanswered> unanswered() const {
        return failures_ == 0 ? std::nullopt : std::optional{how_};
    }
    /// Since it answered last, or since it was first asked.
    Moment silent_since() const { return status_ ? answered_ : begun_; }
    bool has_ever_answered() const { return status_.has_value(); }
    /// Of its loop, when it answered last.
    std::chrono::microseconds since_turn() const {
        return std::chrono::microseconds{status_ ? status_->last_turn_us() : 0};
    }
    /// Questions in a row without an answer.
    unsigned failures() const { return failures_; }

  private:
    bool is_wedged() const;
    std::string reason() const;

    std::string kind_;
    std::string address_;
    Moment begun_;
    Moment answered_{};
    std::optional<adit::control::v1::GetStatusResponse> status_{};
    std::optional<adit::control::v1::GetDetailsResponse> details_{};
    unsigned failures_ = 0;
    unsigned details_failures_ = 0;  // while the status came
    Unanswered how_ = Unanswered::in_time;
    std::string why_{};
};

/// One segment of a resource's name: letters, digits and -_.~:@+, all else as in a URL.
std::string name_part(std::string_view text);

/// "adit_ready{kind=\"x\"}", as Prometheus writes a series.
std::string series_name(const adit::control::v1::Sample& sample);

}  // namespace admin
