#pragma once

#include <string>

namespace auditor {

struct Violation {
    /// "I1" to "I7".
    std::string invariant{};
    std::string what{};
    friend bool operator==(const Violation&, const Violation&) = default;
};

}  // namespace auditor
