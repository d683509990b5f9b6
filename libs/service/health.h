#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace service {

/// Whether this process can do its job now: a set of named conditions, each ready or with the
/// reason why not. A dependency that is away fails readiness only; liveness is the watchdog's.
/// Owned by main; the loop's alone.
class Health {
  public:
    using OnChange = std::function<void(bool ready)>;

    /// Names a condition that is not met, and why in the operator's words: "no template yet".
    void set_not_ready(std::string_view condition, std::string_view why);
    void set_ready(std::string_view condition);

    bool is_ready() const;
    /// What is missing, `condition: why` each after `; `. Empty when ready.
    std::string reason() const;

    /// Called whenever is_ready() changes, and once at once.
    void on_change(OnChange listener);

  private:
    void tell_if_changed();

    std::map<std::string, std::string, std::less<>> missing_{};  // condition to why
    bool told_ready_ = true;
    std::vector<OnChange> listeners_{};
};

}  // namespace service
