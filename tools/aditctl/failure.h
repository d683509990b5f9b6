#pragma once

#include <stdexcept>
#include <string>

namespace aditctl {

/// What the process ends with; `aditctl --help` tells scripts.
enum class ExitCode {
    done = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    not_permitted = 4,
    unreachable = 5,
    conflict = 6,
};

/// Why a command did not do what it was asked: one line of cause and cure, and what to end with.
class CommandFailure : public std::runtime_error {
  public:
    CommandFailure(ExitCode code, const std::string& text)
        : std::runtime_error(text), code_(code) {}
    ExitCode code() const { return code_; }

  private:
    ExitCode code_;
};

}  // namespace aditctl
